/// Adds to each action of a template a function that escapes its value for the place in HTML where it is written.
///
/// A template that is called where no plain HTML is written gets a copy for that place, as in Go's `html/template`.
struct HTMLRewriter {
    /// How many copies of templates there may be.
    private static let copyLimit = 200

    /// The bodies of the defined templates, as they were written.
    private var bodies: [String: [TemplateSegment]] = [:]
    private var copies: [String: HTMLContext] = [:]
    private var pending: [(name: String, context: HTMLContext)] = []

    /// Returns the texts with escaping functions; nil if an action does not end.
    static func rewrite(_ texts: [String]) -> [String]? {
        var rewriter = HTMLRewriter()
        var results: [String] = []
        for text in texts {
            guard let segments = TemplateSegment.split(text) else { return nil }
            results.append(rewriter.rewrite(segments[...], HTMLContext.text))
        }
        guard !results.isEmpty else { return results }
        results[results.count - 1] += rewriter.writeCopies()
        return results
    }

    private mutating func writeCopies() -> String {
        var text = ""
        while let (name, context) = pending.popLast() {
            guard let body = bodies[name] else { continue }
            text += "{{define \"\(Self.copy(name, context))\"}}" + rewrite(body[...], context, isBody: true) + "{{end}}"
        }
        return text
    }

    private static func copy(_ name: String, _ context: HTMLContext) -> String { name + "$" + context.escaper }

    /// Rewrites a text, or the body of a definition, in which there can be no other one.
    private mutating func rewrite(
        _ segments: ArraySlice<TemplateSegment>, _ context: HTMLContext, isBody: Bool = false
    ) -> String {
        var scanner = HTMLScanner(context), saved: [HTMLContext] = [], result = "", rest = segments
        while let segment = rest.popFirst() {
            guard case .action(let action, _, _) = segment else {
                result += scanner.read(segment.source)
                continue
            }
            switch segment.keyword {
            case .define where isBody: result += segment.source
            case .define: result += define(segment, &rest)
            case .if, .with, .range, .block:
                saved.append(scanner.context)
                result += segment.source
            case .else:
                scanner.context = saved.last ?? scanner.context
                result += segment.source
            case .end:
                _ = saved.popLast()
                result += segment.source
            case .template: result += call(segment, action, &scanner)
            case .break, .continue: result += segment.source
            case nil: result += output(segment, action, &scanner)
            }
        }
        return result
    }

    private mutating func define(_ head: TemplateSegment, _ rest: inout ArraySlice<TemplateSegment>) -> String {
        guard case .action(let action, _, _) = head else { return "" }
        var depth = 0, body: [TemplateSegment] = []
        while let segment = rest.popFirst() {
            switch segment.keyword {
            case .if, .with, .range, .block, .define: depth += 1
            case .end: depth -= 1
            default: break
            }
            if depth < 0 {
                if let name = Self.name(action) { bodies[name] = body }
                return head.source + rewrite(body[...], .text, isBody: true) + segment.source
            }
            body.append(segment)
        }
        return head.source
    }

    /// The name in quotes of `define` and `template`.
    private static func name(_ action: String) -> String? {
        guard let start = action.firstIndex(of: "\""),
            let end = action[action.index(after: start)...].firstIndex(of: "\"")
        else { return nil }
        return String(action[action.index(after: start)..<end])
    }

    private mutating func call(_ segment: TemplateSegment, _ action: String, _ scanner: inout HTMLScanner) -> String {
        let context = scanner.passAction()
        guard context != .text, case .action(_, let before, let after) = segment, let name = Self.name(action) else {
            return segment.source
        }
        let copy = Self.copy(name, context)
        if copies[copy] == nil, copies.count < Self.copyLimit {
            copies[copy] = context
            pending.append((name, context))
        }
        let renamed = action.replacing("\"\(name)\"", with: "\"\(copy)\"", maxReplacements: 1)
        return TemplateSegment.action(renamed, trimsBefore: before, trimsAfter: after).source
    }

    private func output(_ segment: TemplateSegment, _ action: String, _ scanner: inout HTMLScanner) -> String {
        guard case .action(_, let before, let after) = segment, !action.hasPrefix("/*"), !Self.isAssignment(action)
        else {
            return segment.source
        }
        // What the built-in function has escaped is good for text.
        let last = action.split(separator: "|").last?.split(separator: " ") ?? []
        if scanner.context == .text, last == ["html"] { return segment.source }
        let escaper = scanner.passAction().escaper
        return TemplateSegment.action(action + " | " + escaper, trimsBefore: before, trimsAfter: after).source
    }

    /// Whether a variable takes the value.
    private static func isAssignment(_ action: String) -> Bool {
        guard action.hasPrefix("$") else { return false }
        let rest = action.dropFirst().drop { $0.isLetter || $0.isNumber || $0 == "_" }.drop(while: \.isWhitespace)
        return rest.hasPrefix(":=") || (rest.hasPrefix("=") && !rest.hasPrefix("=="))
    }
}
