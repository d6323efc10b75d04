internal import KTSDBModel

/// A filter on the text of a line, ready to run.
struct CompiledLineFilter: Sendable {
    private enum Matcher {
        case literal(LiteralSearch)
        case expression(RegularExpression)
        case pattern(PatternFilter)
        case address(AddressFilter)

        func matches(_ line: Span<UInt8>) -> Bool {
            switch self {
            case .literal(let search): search.first(in: line) != nil
            case .expression(let expression): expression.matchesAnywhere(line)
            case .pattern(let pattern): pattern.matches(line)
            case .address(let filter): filter.matches(line)
            }
        }
    }

    private let matchers: [Matcher]
    private let isNegated: Bool

    /// - Throws: that a pattern is invalid, or that an address is compared in another way than with `|=` and `!=`.
    init(_ filter: LineFilter) throws(StageProblem) {
        var matchers: [Matcher] = []
        for needle in filter.alternatives { matchers.append(try Self.matcher(filter.operation, needle)) }
        self.matchers = matchers
        switch filter.operation {
        case .contains, .matches, .matchesPattern: isNegated = false
        case .doesNotContain, .doesNotMatch, .doesNotMatchPattern: isNegated = true
        }
    }

    private static func matcher(
        _ operation: LineFilter.Operation, _ needle: LineFilter.Needle
    ) throws(StageProblem) -> Matcher {
        switch (operation, needle) {
        case (.contains, .address(let pattern)), (.doesNotContain, .address(let pattern)):
            return .address(try AddressFilter(pattern))
        case (_, .address): throw StageProblem("ip: invalid operation")
        case (.contains, .bytes(let bytes)), (.doesNotContain, .bytes(let bytes)):
            return .literal(LiteralSearch(bytes))
        case (_, .bytes(let bytes)):
            throw StageProblem("error parsing regexp: invalid UTF-8: `\(String(decoding: bytes, as: UTF8.self))`")
        case (.contains, .text(let text)), (.doesNotContain, .text(let text)):
            return .literal(LiteralSearch(Array(text.utf8)))
        case (.matchesPattern, .text(let text)), (.doesNotMatchPattern, .text(let text)):
            return .pattern(try PatternFilter(text))
        case (.matches, .text(let text)), (.doesNotMatch, .text(let text)):
            do throws(RegularExpressionError) {
                return .expression(try RegularExpression(text, dotMatchesNewline: false))
            } catch {
                throw StageProblem(error.description)
            }
        }
    }

    /// Whether the line passes.
    func passes(_ line: Span<UInt8>) -> Bool {
        for matcher in matchers where matcher.matches(line) { return !isNegated }
        return isNegated
    }
}
