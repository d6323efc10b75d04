/// Go's integer types.
public enum GoIntegerKind: String, Hashable, Sendable, CaseIterable {
    case int, int8, int16, int32, int64, uint, uint8, uint16, uint32, uint64, uintptr

    /// Whether values may be negative.
    public var isSigned: Bool {
        switch self {
        case .int, .int8, .int16, .int32, .int64: true
        case .uint, .uint8, .uint16, .uint32, .uint64, .uintptr: false
        }
    }

    /// The size of a value.
    public var bitWidth: Int {
        switch self {
        case .int8, .uint8: 8
        case .int16, .uint16: 16
        case .int32, .uint32: 32
        case .int, .int64, .uint, .uint64, .uintptr: 64
        }
    }
}
