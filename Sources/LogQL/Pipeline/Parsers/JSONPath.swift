internal import KTSDBModel

/// An expression of `| json`: fields and indices, as in `a.b["c d"][0]`.
struct JSONPath: Sendable {
    /// A step from a value to one in it.
    enum Step: Hashable, Sendable {
        case field([UInt8])
        case index(Int)
    }

    /// At least one.
    let steps: [Step]

    /// - Throws: what is wrong with the expression.
    init(_ text: String) throws(StageProblem) {
        var lexer = JSONPathLexer(Array(text.utf8))
        var steps: [Step] = []
        func problem(_ token: JSONPathLexer.Token, _ expected: String) -> StageProblem {
            StageProblem(
                "cannot parse expression [\(text)]: syntax error: unexpected \(token.name)\(expected)")
        }
        var token = lexer.next()
        while true {
            switch token {
            case .field(let name) where steps.isEmpty: steps.append(.field(name))
            case .dot where !steps.isEmpty:
                token = lexer.next()
                guard case .field(let name) = token else { throw problem(token, ", expecting FIELD") }
                steps.append(.field(name))
            case .open:
                token = lexer.next()
                switch token {
                case .string(let name): steps.append(.field(name))
                case .index(let index): steps.append(.index(index))
                default: throw problem(token, ", expecting STRING or INDEX")
                }
                token = lexer.next()
                guard token == .close else { throw problem(token, ", expecting RSB") }
            case .end where !steps.isEmpty:
                self.steps = steps
                return
            default: throw problem(token, steps.isEmpty ? ", expecting LSB or FIELD" : ", expecting DOT or LSB")
            }
            token = lexer.next()
        }
    }

    /// Returns the value that the path leads to; nil if it leads nowhere. What is malformed elsewhere does not matter.
    func find(in line: Span<UInt8>, _ key: inout [UInt8]) throws(JSONProblem) -> JSONScan.Value? {
        var index = 0
        var level = 0
        // How many steps the objects around the current place are on the path.
        var matched = 0
        while index < line.count {
            switch line[index] {
            case UInt8(ascii: "\""):
                guard let end = JSONScan.stringEnd(line, at: index + 1) else { return nil }
                let text = line.extracting((index + 1)..<end.quote)
                guard let next = JSONScan.token(line, at: end.quote + 1) else { return nil }
                index = next
                guard line[index] == UInt8(ascii: ":") else { continue }
                if level <= matched { matched = max(0, level - 1) }
                guard level > 0, matched == level - 1, matched < steps.count,
                    case .field(let name) = steps[matched], Self.isEqual(text, end.isEscaped, name, &key)
                else { break }
                matched += 1
                if matched == steps.count { return try JSONScan.value(line, at: index + 1) }
            case UInt8(ascii: "{"): level += 1
            case UInt8(ascii: "}"):
                level -= 1
                matched = min(matched, max(0, level - 1))
            case UInt8(ascii: "["):
                if matched == level, matched < steps.count, case .index(let wanted) = steps[matched] {
                    guard let element = try Self.element(wanted, line, at: index) else { return nil }
                    matched += 1
                    if matched == steps.count { return element }
                    return try find(from: matched, element, in: line, &key)
                }
                guard
                    let end = JSONScan.blockEnd(line, at: index, open: UInt8(ascii: "["), close: UInt8(ascii: "]"))
                else { return nil }
                index = end - 1
            default: break
            }
            index += 1
        }
        return nil
    }

    /// Continues in an element of an array.
    private func find(
        from step: Int, _ element: JSONScan.Value, in line: Span<UInt8>, _ key: inout [UInt8]
    ) throws(JSONProblem) -> JSONScan.Value? {
        guard element.kind == .object || element.kind == .array else { return nil }
        let rest = JSONPath(steps: Array(steps[step...]))
        guard var found = try rest.find(in: line.extracting(element.range), &key) else { return nil }
        let offset = element.range.lowerBound
        found.range = (found.range.lowerBound + offset)..<(found.range.upperBound + offset)
        return found
    }

    private init(steps: [Step]) { self.steps = steps }

    private static func isEqual(
        _ text: Span<UInt8>, _ isEscaped: Bool, _ name: [UInt8], _ key: inout [UInt8]
    ) -> Bool {
        guard isEscaped else { return text.isEqual(to: name.span) }
        key.removeAll(keepingCapacity: true)
        return JSONEscapes.unescape(text, to: &key) && key == name
    }

    /// Returns an element of the array that begins at `start`.
    private static func element(
        _ wanted: Int, _ line: Span<UInt8>, at start: Int
    ) throws(JSONProblem) -> JSONScan.Value? {
        var index = start + 1
        var number = 0
        while let token = JSONScan.token(line, at: index), line[token] != UInt8(ascii: "]") {
            let value = try JSONScan.value(line, at: token)
            if number == wanted { return value }
            number += 1
            guard let next = JSONScan.token(line, at: value.end), line[next] == UInt8(ascii: ",") else { return nil }
            index = next + 1
        }
        return nil
    }
}
