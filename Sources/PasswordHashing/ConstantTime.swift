/// Comparisons whose duration does not reveal where two secrets differ.
package enum ConstantTime {
    /// Returns whether two secrets are equal. For equal lengths, the time only depends on the length.
    package static func areEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        guard left.count == right.count else { return false }
        var difference: UInt8 = 0
        for index in left.indices { difference |= left[index] ^ right[index] }
        return difference == 0
    }
}
