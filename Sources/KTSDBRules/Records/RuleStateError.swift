/// Why the bytes of a record cannot be decoded to the state of a rule. The record was not changed; the rule starts
/// without a state.
@nonexhaustive
public enum RuleStateError: Error, Hashable, Sendable, CustomStringConvertible {
    /// A later version of ktsdb wrote it.
    case unsupportedVersion(UInt8)
    /// The bytes are damaged at this offset or before it.
    case malformed(offset: Int)

    /// What is wrong.
    public var description: String {
        switch self {
        case .unsupportedVersion(let version):
            "the record has version \(version), and this version of ktsdb reads \(RuleStateCoding.version); "
                + "use the version that wrote it, or let the rule begin anew"
        case .malformed(let offset): "the record is damaged at byte \(offset); the rule begins anew"
        }
    }
}
