# embed.cmake -- writes the Lua scripts into a table for C: SCRIPT (NAME, name, "text"), one row a
# file, shared.lua in front of each. Run by the build with -D FOLDER=... -D OUTPUT=...
#
# A script's own part is made a function. Lua looks for a local of the chunk that a function uses
# among all that any function before uses, one by one; for one of an enclosing function it need not.

cmake_minimum_required (VERSION 3.25)

file (READ "${FOLDER}/shared.lua" shared)
file (GLOB paths "${FOLDER}/*.lua")
list (SORT paths)
set (rows "// Made from matcher/scripts by matcher/embed.cmake.\n")
foreach (path IN LISTS paths)
    get_filename_component (name "${path}" NAME_WE)
    if (NOT name STREQUAL "shared")
        file (READ "${path}" own)
        set (text "${shared}local function run ()\n${own}end\nreturn run ()\n")
        string (REPLACE "\\" "\\\\" text "${text}")
        string (REPLACE "\"" "\\\"" text "${text}")
        string (REPLACE "\n" "\\n\"\n    \"" text "${text}")
        string (TOUPPER "${name}" upper)
        string (APPEND rows "SCRIPT (${upper}, ${name},\n    \"${text}\")\n")
    endif ()
endforeach ()
file (WRITE "${OUTPUT}" "${rows}")
