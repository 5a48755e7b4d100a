// database_url.h -- a DATABASE_URL as Prisma takes it, made into one that libpq takes.
//
// Prisma knows parameters that libpq does not: `schema` is where the tables are; the others are
// about Prisma's own pool and are passed over.

#ifndef DATABASE_URL_H
#define DATABASE_URL_H

#define DATABASE_URL_SIZE 2049  // Of a URL, and a terminator.
#define DATABASE_SCHEMA_SIZE 64 // A name in PostgreSQL has up to 63 bytes.

typedef struct {
    char url[DATABASE_URL_SIZE];
    char schema[DATABASE_SCHEMA_SIZE]; // Empty if none is named.
} database_url_t;

// Reads a URL, or libpq's keyword=value form, of up to DATABASE_URL_SIZE - 1 bytes. NULL, or what
// is wrong, without any part of it: it may hold a password.
const char *
database_url_read (const char *text, database_url_t *url);

#endif
