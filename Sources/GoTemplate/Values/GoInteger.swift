/// A value of one of Go's integer types.
public struct GoInteger: Hashable, Sendable {
    /// The type.
    public let kind: GoIntegerKind
    /// The value in 64 bits: sign-extended if the type is signed.
    public let bits: UInt64

    /// Makes a value; bits that the type does not have are dropped, as in a conversion in Go.
    public init(bits: UInt64, kind: GoIntegerKind) {
        self.kind = kind
        let shift = UInt64(64 - kind.bitWidth)
        let high = bits << shift
        self.bits = kind.isSigned ? UInt64(bitPattern: Int64(bitPattern: high) >> Int64(shift)) : high >> shift
    }

    /// Makes an `int`, or a value of another type; bits that the type does not have are dropped.
    public init(_ value: Int, kind: GoIntegerKind = .int) {
        self.init(bits: UInt64(bitPattern: Int64(value)), kind: kind)
    }

    /// The value if the type is signed.
    public var signed: Int64? { kind.isSigned ? Int64(bitPattern: bits) : nil }

    /// Whether the value is less than zero.
    public var isNegative: Bool { signed.map { $0 < 0 } ?? false }

    /// The value as a Swift integer; nil if it is too large.
    public var exact: Int? { isNegative ? Int(Int64(bitPattern: bits)) : Int(exactly: bits) }

    /// The value as a floating-point number.
    public var double: Double { isNegative ? Double(Int64(bitPattern: bits)) : Double(bits) }

    /// Whether the numbers are equal, whatever their types are.
    static func equal(_ left: GoInteger, _ right: GoInteger) -> Bool {
        left.bits == right.bits && left.isNegative == right.isNegative
    }

    /// Whether the first number is less, whatever the types are.
    static func less(_ left: GoInteger, _ right: GoInteger) -> Bool {
        if left.isNegative != right.isNegative { return left.isNegative }
        // Two negative numbers have the order of their bit patterns.
        return left.bits < right.bits
    }
}
