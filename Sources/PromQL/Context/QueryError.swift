public import KTSDBModel

/// Why a query has no answer. The database was not changed by any of these.
@nonexhaustive
public enum QueryError: Error, Sendable, CustomStringConvertible {
    /// The text is not a valid expression.
    case parse(ParseErrors)
    /// The text is an expression, but not one that can be asked like this: a duration that is not positive, or a range
    /// vector in a range query.
    case invalidExpression(String)
    /// A time, a step or a limit of the query makes no sense.
    case invalidParameter(name: String, reason: String)
    /// The expression fails on this data, in Prometheus' words: "found duplicate series for the match group …".
    case execution(String)
    /// The query took longer than its limit.
    case timeout(limit: Duration)
    /// The query was cancelled from outside.
    case cancelled
    /// The query needs more samples in memory at one time than its limit allows; at least `needed`.
    case tooManySamples(limit: Int, needed: Int)
    /// The query alone needs more bytes than one query may; at least `needed`.
    case tooMuchMemory(limit: Int, needed: Int)
    /// The query needs more bytes, at least `needed`, than other queries and results that are being read have left of
    /// what all may hold together.
    case memoryInUse(limit: Int, needed: Int, others: Int)
    /// The query needs more bytes, at least `needed`, than the process has left below its limit for all that is in
    /// memory; or it held `needed` bytes and was ended to make room for samples.
    case memoryLimit(limit: Int, needed: Int, inUse: Int)
    /// Stored samples could not be read.
    case storage(ReadError)

    /// What happened, which limit, how much was needed, and what to change.
    public var description: String {
        switch self {
        case .parse(let errors): errors.description
        case .invalidExpression(let text), .execution(let text): text
        case .invalidParameter(let name, let reason): "invalid parameter \"\(name)\": \(reason)"
        case .timeout(let limit):
            "query timed out in expression evaluation: it took longer than its limit of \(limit). "
                + "Ask for a shorter range, a larger step or fewer series, or raise the timeout."
        case .cancelled: "query was canceled in expression evaluation"
        case .tooManySamples(let limit, let needed):
            "query processing would load too many samples into memory in query execution: at least \(needed) are "
                + "needed at one time and the limit is \(limit). Ask for a shorter range, a larger step or fewer series, "
                + "or raise the limit."
        case .tooMuchMemory(let limit, let needed):
            "query would use too much memory in query execution: it needs at least \(megabytes(needed)) and one query may "
                + "use \(megabytes(limit)). Ask for a shorter range, a larger step or fewer series, or raise the limit."
        case .memoryInUse(let limit, let needed, let others):
            "query would use too much memory in query execution: it needs at least \(megabytes(needed)), all queries "
                + "together may use \(megabytes(limit)), and others use \(megabytes(others)). Try again when they have "
                + "ended, ask for a shorter range, a larger step or fewer series, or raise the limit."
        case .memoryLimit(let limit, let needed, let inUse):
            "query would use too much memory in query execution: it needs at least \(megabytes(needed)), and "
                + "\(megabytes(inUse)) of the memory limit of \(megabytes(limit)) are in use. Try again later, ask for a "
                + "shorter range, a larger step or fewer series, or raise the limit."
        case .storage(let error): error.description
        }
    }
}

/// `12.3 MiB`; below a tenth of a MiB `1234 bytes`.
private func megabytes(_ bytes: Int) -> String {
    bytes < 1 << 17 ? "\(bytes) bytes" : "\((Double(bytes) / Double(1 << 20) * 10).rounded() / 10) MiB"
}
