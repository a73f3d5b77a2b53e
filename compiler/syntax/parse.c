#include "syntax/parse.h"

#include "syntax/parser.h"
#include "dp.tab.h"

File *parse_file(Arena *arena, Names *names, Sources *sources, Diag *diag, uint32_t file) {
  Parser parser = {.arena = arena, .names = names, .diag = diag};
  parser.file = ARENA_NEW(arena, File);
  parser.file->file = file;
  if (!source_is_text(sources, diag, file)) return parser.file;
  layout_begin(&parser.layout, arena, diag, scan_tokens(arena, names, sources, diag, file));
  dp_parse(&parser);
  return parser.file;
}
