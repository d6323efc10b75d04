public import KTSDBModel

/// The characters that names of metrics and labels may have.
public enum NameScheme: String, Hashable, Sendable {
    /// Any UTF-8 text.
    case utf8
    /// The classic character set, `[a-zA-Z_][a-zA-Z0-9_]*`.
    case legacy

    /// Returns whether `name` is a valid label name.
    func isLabelName(_ name: String) -> Bool {
        switch self {
        case .utf8: !name.isEmpty
        case .legacy: LabelName.isLegacy(name)
        }
    }

    /// Returns whether `name` is a valid metric name.
    func isMetricName(_ name: String) -> Bool {
        switch self {
        case .utf8: !name.isEmpty
        case .legacy: LabelName.isLegacyMetricName(name)
        }
    }
}

/// One step of relabelling: an entry of `relabel_configs` or `metric_relabel_configs`.
public struct RelabelRule: Sendable {
    /// What the step does.
    public enum Action: String, Hashable, Sendable, CaseIterable {
        /// Sets a label by a pattern and a template.
        case replace
        /// Drops whatever does not match, or whatever does.
        case keep, drop
        /// Drops whatever has another value in the target label than in the source labels, or the same.
        case keepequal, dropequal
        /// Sets a label to a hash of the source labels, modulo ``RelabelRule/modulus``.
        case hashmod
        /// Copies labels whose names match to names made by the template.
        case labelmap
        /// Removes the labels whose names match, or do not.
        case labeldrop, labelkeep
        /// Sets a label to the source labels in lower or upper case.
        case lowercase, uppercase
    }

    /// What the step does.
    public var action: Action
    /// The labels whose values are joined by ``separator`` and matched.
    public var sourceLabels: [String]
    /// The text between the values of the source labels.
    public var separator: String
    /// The pattern, anchored at both ends.
    public var regex: RegularExpression
    /// The divisor of `hashmod`.
    public var modulus: UInt64
    /// The label that is set; a template for `replace`.
    public var targetLabel: String
    /// The template of the new value, or, for `labelmap`, of the new name.
    public var replacement: String
    /// The label names that the rule may create.
    public var names: NameScheme

    static let defaultSeparator = ";", defaultPattern = "(.*)", defaultReplacement = "$1"
}

extension RelabelRule: Hashable {
    /// Returns whether two rules do the same; patterns are compared as text.
    public static func == (left: RelabelRule, right: RelabelRule) -> Bool {
        left.action == right.action && left.sourceLabels == right.sourceLabels && left.separator == right.separator
            && left.regex.pattern == right.regex.pattern && left.modulus == right.modulus
            && left.targetLabel == right.targetLabel && left.replacement == right.replacement
            && left.names == right.names
    }

    /// Hashes what `==` compares.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(action)
        hasher.combine(sourceLabels)
        hasher.combine(separator)
        hasher.combine(regex.pattern)
        hasher.combine(modulus)
        hasher.combine(targetLabel)
        hasher.combine(replacement)
        hasher.combine(names)
    }
}
