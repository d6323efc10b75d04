internal import KTSDBConfiguration
internal import KTSDBModel

extension RelabelRule {
    /// Reads and checks a list of rules; `ifNull` says what is wrong with an entry that is null.
    static func list(
        _ value: YAMLValue?, names: NameScheme, ifNull: String
    ) throws(ConfigurationError) -> [RelabelRule] {
        var rules: [RelabelRule] = []
        for element in try value?.list() ?? [] {
            if element.isNull { throw element.error(ifNull) }
            rules.append(try RelabelRule(element, names: names))
        }
        return rules
    }

    /// Reads and checks one entry of a list of rules.
    init(_ value: YAMLValue, names: NameScheme) throws(ConfigurationError) {
        var section = try YAMLSection(value, name: "relabel_config")
        let action = section.take("action"), sources = section.take("source_labels")
        let separator = section.take("separator")
        let regex = section.take("regex")
        let modulus = section.take("modulus"), target = section.take("target_label")
        let replacement = section.take("replacement")
        try section.finish()

        self.action = try action.map { (value) throws(ConfigurationError) in try Action(value) } ?? .replace
        sourceLabels = try sources?.strings() ?? []
        self.separator = try separator?.string() ?? Self.defaultSeparator
        let pattern = try regex?.string() ?? Self.defaultPattern
        do throws(RegularExpressionError) {
            self.regex = try RegularExpression(pattern, dotMatchesNewline: true)
        } catch {
            // Prometheus compiles the pattern with its anchors, and shows it so.
            var problem = error
            do throws(RegularExpressionError) {
                _ = try RegularExpression("^(?s:\(pattern))$", dotMatchesNewline: true)
            } catch { problem = error }
            throw (regex ?? value).error("\(problem)")
        }
        self.modulus = try modulus?.whole(UInt64.self) ?? 0
        targetLabel = try target?.string() ?? ""
        self.replacement = try replacement?.string() ?? Self.defaultReplacement
        self.names = names
        if let name = sourceLabels.first(where: { !names.isLabelName($0) }) {
            throw (sources ?? value).error("\(goQuoted(name)) is not a valid label name")
        }
        if let reason = problem(sourcesGiven: sources != nil, regexGiven: regex != nil) { throw value.error(reason) }
    }

    /// Returns the reason why the rule is invalid, in Prometheus' words; nil if it is valid.
    private func problem(sourcesGiven: Bool, regexGiven: Bool) -> String? {
        if action == .hashmod, modulus == 0 { return "relabel configuration for hashmod requires non-zero modulus" }
        let isBare = modulus == 0 && separator == Self.defaultSeparator && replacement == Self.defaultReplacement
        switch action {
        case .replace, .hashmod, .lowercase, .uppercase, .keepequal, .dropequal:
            if targetLabel.isEmpty { return "relabel configuration for \(action) action requires 'target_label' value" }
            let isValid =
                action == .replace && targetLabel.contains("$")
                ? isNameTemplate(targetLabel) : names.isLabelName(targetLabel)
            if !isValid { return "\(goQuoted(targetLabel)) is invalid 'target_label' for \(action) action" }
        case .labelmap:
            if !isNameTemplate(replacement) {
                return "\(goQuoted(replacement)) is invalid 'replacement' for labelmap action"
            }
        case .labeldrop, .labelkeep:
            if sourcesGiven || !targetLabel.isEmpty || !isBare {
                return "\(action) action requires only 'regex', and no other fields"
            }
        case .keep, .drop: break
        }
        switch action {
        case .lowercase, .uppercase, .keepequal, .dropequal:
            if replacement != Self.defaultReplacement { return "'replacement' can not be set for \(action) action" }
        default: break
        }
        if action == .keepequal || action == .dropequal, regexGiven || !isBare {
            return "\(action) action requires only 'source_labels' and 'target_label', and no other fields"
        }
        return nil
    }

    /// Returns whether `text` can become a label name: in the classic set, groups (`$1`, `${name}`) may occur anywhere.
    private func isNameTemplate(_ text: String) -> Bool {
        guard names == .legacy else { return names.isLabelName(text) }
        func isWord(_ byte: UInt8) -> Bool {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
                true
            default: false
            }
        }
        var rest = text.utf8[...]
        guard let first = rest.first, !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first) else { return false }
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "$") else {
                guard isWord(byte) else { return false }
                continue
            }
            let isBraced = rest.first == UInt8(ascii: "{")
            if isBraced { rest.removeFirst() }
            let name = rest.prefix(while: isWord)
            rest = rest.dropFirst(name.count)
            guard !name.isEmpty, !isBraced || rest.popFirst() == UInt8(ascii: "}") else { return false }
        }
        return true
    }
}

extension RelabelRule.Action {
    fileprivate init(_ value: YAMLValue) throws(ConfigurationError) {
        let text = try value.string()
        guard let action = Self(rawValue: text.lowercased()) else {
            throw value.error("unknown relabel action \(goQuoted(text))")
        }
        self = action
    }
}
