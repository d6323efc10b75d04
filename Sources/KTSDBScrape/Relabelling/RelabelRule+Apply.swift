internal import KTSDBModel

extension LabelsBuilder {
    /// Applies `rules` in order, and returns false if they drop the target or series that has these labels.
    ///
    /// Relabelling stops at a rule that makes a label longer than labels can be: `build()` then throws.
    package mutating func relabel(_ rules: [RelabelRule]) -> Bool { relabel(until: rules) == nil }

    /// Applies `rules` in order, and returns the number of the one that drops the target or series; nil if none does.
    mutating func relabel(until rules: [RelabelRule]) -> Int? {
        for (place, rule) in rules.enumerated() {
            guard rule.apply(to: &self) else { return place }
            if problem != nil { break }
        }
        return nil
    }
}

extension RelabelRule {
    /// Applies this rule alone.
    func apply(to labels: inout LabelsBuilder) -> Bool {
        switch action {
        case .keep: return regex.matchesWhole(source(in: labels).utf8.span)
        case .drop: return !regex.matchesWhole(source(in: labels).utf8.span)
        case .keepequal: return labels[targetLabel] ?? "" == source(in: labels)
        case .dropequal: return labels[targetLabel] ?? "" != source(in: labels)
        case .replace: replace(in: &labels)
        case .hashmod:
            let digest = MD5.digest(source(in: labels).utf8)
            let number = digest[8...].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            labels.set(targetLabel, String(number % modulus))
        case .lowercase: labels.set(targetLabel, CaseMapping.lowercased(source(in: labels)))
        case .uppercase: labels.set(targetLabel, CaseMapping.uppercased(source(in: labels)))
        case .labelmap:
            for label in labels.labels {
                guard let match = WholeMatch(of: regex, in: label.name) else { continue }
                labels.set(match.expand(replacement), label.value)
            }
        case .labeldrop:
            for label in labels.labels where regex.matchesWhole(label.name.utf8.span) { labels.remove(label.name) }
        case .labelkeep:
            for label in labels.labels where !regex.matchesWhole(label.name.utf8.span) { labels.remove(label.name) }
        }
        return true
    }

    /// Returns the values of the source labels, joined; a missing label counts as empty.
    private func source(in labels: LabelsBuilder) -> String {
        sourceLabels.map { labels[$0] ?? "" }.joined(separator: separator)
    }

    private func replace(in labels: inout LabelsBuilder) {
        guard let match = WholeMatch(of: regex, in: source(in: labels)) else { return }
        let target = match.expand(targetLabel)
        guard names.isLabelName(target) else { return }
        labels.set(target, match.expand(replacement))
    }
}

/// A text that a pattern matches as a whole, with its groups.
private struct WholeMatch {
    private let regex: RegularExpression
    private let bytes: [UInt8]
    private let captures: [Range<Int>?]

    init?(of regex: RegularExpression, in text: String) {
        let bytes = Array(text.utf8)
        guard let captures = regex.captures(whole: bytes.span) else { return nil }
        self.regex = regex
        self.bytes = bytes
        self.captures = captures
    }

    /// Returns `template` with the groups in place of `$1` and `${name}`.
    func expand(_ template: String) -> String {
        guard template.contains("$") else { return template }
        return String(decoding: regex.expand(template, captures: captures, in: bytes.span), as: UTF8.self)
    }
}

/// Lower and upper case as Prometheus maps them: one code point to one, in every language.
enum CaseMapping {
    static func lowercased(_ text: String) -> String {
        map(text) { scalar in
            // The only code point whose lower case is one code point by the simple mapping and two by the full one.
            scalar == "\u{130}" ? "i" : single(scalar.properties.lowercaseMapping)
        }
    }

    static func uppercased(_ text: String) -> String {
        // Where the full mapping gives several code points, the title case is the simple mapping, or no mapping exists.
        map(text) { single($0.properties.uppercaseMapping) ?? single($0.properties.titlecaseMapping) }
    }

    private static func map(_ text: String, _ mapping: (Unicode.Scalar) -> Unicode.Scalar?) -> String {
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars { result.append(mapping(scalar) ?? scalar) }
        return String(result)
    }

    private static func single(_ mapping: String) -> Unicode.Scalar? {
        let scalars = mapping.unicodeScalars
        return scalars.count == 1 ? scalars.first : nil
    }
}
