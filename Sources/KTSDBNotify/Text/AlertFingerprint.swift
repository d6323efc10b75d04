package import KTSDBModel

/// The 64-bit FNV-1a hash by which Alertmanager's API names an alert.
///
/// Different labels may share it, and hostile ones easily do: so it is only shown, and labels decide equality.
package struct AlertFingerprint: Hashable, Sendable, BitwiseCopyable {
    package var value: UInt64

    package init(value: UInt64) { self.value = value }

    /// Hashes the labels in the order of their names, with a byte 0xff after every name and value.
    package init(_ labels: Labels) {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        func add(_ byte: UInt8) { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        Self.visit(labels, add)
        value = hash
    }

    /// The bytes that Alertmanager hashes of labels: name, 0xff, value, 0xff, for each.
    static func visit(_ labels: Labels, _ body: (UInt8) -> Void) {
        let bytes = labels.stringForm
        var cursor = LabelCursor(bytes)
        while let label = cursor.next() {
            bytes[label.name].forEach(body)
            body(0xff)
            bytes[label.value].forEach(body)
            body(0xff)
        }
    }
}

extension AlertFingerprint: CustomStringConvertible {
    /// Sixteen hexadecimal digits.
    package var description: String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
