#ifndef PRECACHE_CPOSTGRES_H
#define PRECACHE_CPOSTGRES_H

// libpq, PostgreSQL's client library. The packages of Debian and of the PGDG have its headers in this folder.

#include <postgresql/libpq-fe.h>

#endif
