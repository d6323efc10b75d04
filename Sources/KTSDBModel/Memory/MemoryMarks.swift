/// The marks of a memory limit, in bytes. What is done at each is in ``MemoryPressure``.
///
/// A part of the limit is reserved, so that a seal can always be made: 2 %, at least 16 MiB, and at most a quarter. It
/// is what lies between the floor mark and the limit. As much lies between the hard mark and the floor mark, for what
/// was under way when the hard mark was reached. The soft mark is at four fifths of the hard one.
public struct MemoryMarks: Hashable, Sendable {
    /// What may be held.
    public let limit: Int
    /// Samples are sealed early from here on, and caches shrink.
    public let soft: Int
    /// No new series and no memory for large queries from here on.
    public let hard: Int
    /// Running queries are ended from here on.
    public let floor: Int

    static let leastReserve = 16 << 20

    /// Creates the marks of a limit in bytes; a negative one counts as 0.
    public init(limit: Int) {
        let limit = max(0, limit)
        let reserve = min(limit / 4, max(limit / 50, Self.leastReserve))
        self.limit = limit
        floor = limit - reserve
        hard = floor - reserve
        soft = hard / 5 * 4
    }

    /// Returns the pressure of `bytes`; a mark belongs to the pressure above it.
    public func pressure(of bytes: Int) -> MemoryPressure {
        if bytes < soft { return .none }
        return bytes < hard ? .soft : bytes < floor ? .hard : .floor
    }
}

/// How close the memory that is held is to its limit. Appends to series in memory work under any pressure.
public enum MemoryPressure: Int, Hashable, Sendable, Comparable, CaseIterable {
    /// Below the soft mark.
    case none
    /// Samples are sealed early, caches shrink, and free memory goes back to the system.
    case soft
    /// In addition, caches are emptied, samples of new series are refused, queries get no more than a mebibyte each,
    /// and large compactions wait.
    case hard
    /// In addition, queries get no more memory, and the newest of the large ones is ended, one a second.
    case floor

    /// Orders by how close the limit is.
    public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}
