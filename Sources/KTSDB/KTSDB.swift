// What an application imports: the engine, its vocabulary and the query language, under one name.
@_exported public import KTSDBEngine
@_exported public import KTSDBModel
@_exported public import PromQL
