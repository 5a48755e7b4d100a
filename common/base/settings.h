// settings.h -- how a .def file of settings becomes the rows of a table.
//
// A process's settings.def holds rows NUMBER_SETTING, TEXT_SETTING, SECRET_SETTING and CHOICE_SETTING; it is included between the
// braces of `static const setting_t settings[] = { ... };` after this header.

#ifndef SETTINGS_H
#define SETTINGS_H

#include "base/config.h"

// clang-format off
#define NUMBER_SETTING(name, standard, least, most, sentence) \
    {name, CONFIG_NUMBER, standard, least, most, NULL, sentence},
#define TEXT_SETTING(name, standard, least, most, sentence) \
    {name, CONFIG_TEXT, standard, least, most, NULL, sentence},
#define SECRET_SETTING(name, standard, least, most, sentence) \
    {name, CONFIG_SECRET, standard, least, most, NULL, sentence},
#define CHOICE_SETTING(name, standard, choices, sentence) \
    {name, CONFIG_CHOICE, standard, 0, 0, choices, sentence},
#define SETTINGS_END {NULL, CONFIG_TEXT, NULL, 0, 0, NULL, NULL}
// clang-format on

#endif
