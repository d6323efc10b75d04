// Everything that an application imports, under one name: the engine, its vocabulary and the query language.
@_exported public import KTSDBEngine
@_exported public import KTSDBModel
@_exported public import PromQL
