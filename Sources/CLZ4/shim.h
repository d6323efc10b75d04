#if !__has_include(<lz4.h>)
#error "lz4.h is missing: apt-get install liblz4-dev (Fedora: lz4-devel, Homebrew: lz4)"
#endif
#include <lz4.h>
