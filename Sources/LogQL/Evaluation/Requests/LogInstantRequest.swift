/// A metric query at one time, as `query` takes it.
public struct LogInstantRequest: Hashable, Sendable {
    /// Nanoseconds since 1970.
    public var time: Int64

    /// Creates a request.
    public init(time: Int64) { self.time = time }
}
