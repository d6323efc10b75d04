/// Why groups could not be loaded. Those that ran before continue.
@nonexhaustive
public enum RuleLoadError: Error, Hashable, Sendable, CustomStringConvertible {
    /// An expression cannot be read.
    case syntax(RuleSyntaxError)
    /// Two groups have the same file and name.
    case repeatedGroup(GroupKey)
    /// The engine was stopped.
    case stopped

    /// What is wrong, and that nothing was changed.
    public var description: String {
        switch self {
        case .syntax(let error): error.description
        case .repeatedGroup(let key): "\(key.file): groupname: \"\(key.name)\" is repeated in the same file"
        case .stopped: "the rule engine was stopped; create a new one"
        }
    }
}
