/// Adds to each action of a template a function that escapes its value for the place in HTML where it is written.
///
/// A template that is called where no plain HTML is written gets a copy for that place, as in Go's `html/template`.
struct HTMLRewriter {
    /// How many copies of templates there may be.
    private static let copyLimit = 200

    /// The bodies of the defined templates, as they were written.
    private var bodies: [String: [TemplateSegment.Placed]] = [:]
    private var copies: [String: HTMLContext] = [:]
    private var pending: [(name: String, context: HTMLContext)] = []

    /// Returns the texts with escaping functions; nil if an action does not end.
    static func rewrite(_ texts: [String]) -> [RewrittenTemplate]? {
        var rewriter = HTMLRewriter()
        var results: [RewrittenTemplate] = []
        for (number, text) in texts.enumerated() {
            guard let segments = TemplateSegment.split(text, source: number) else { return nil }
            results.append(rewriter.rewrite(segments[...], HTMLContext.text))
        }
        guard !results.isEmpty else { return results }
        rewriter.writeCopies(to: &results[results.count - 1])
        return results
    }

    private mutating func writeCopies(to result: inout RewrittenTemplate) {
        while let (name, context) = pending.popLast() {
            guard let body = bodies[name] else { continue }
            result.append(literal: "{{define \"\(Self.copy(name, context))\"}}")
            result.append(rewrite(body[...], context, isBody: true))
            result.append(literal: "{{end}}")
        }
    }

    private static func copy(_ name: String, _ context: HTMLContext) -> String { name + "$" + context.escaper }

    /// Rewrites a text, or the body of a definition, in which there can be no other one.
    private mutating func rewrite(
        _ segments: ArraySlice<TemplateSegment.Placed>, _ context: HTMLContext, isBody: Bool = false
    ) -> RewrittenTemplate {
        var scanner = HTMLScanner(context), saved: [HTMLContext] = [], result = RewrittenTemplate(), rest = segments
        while let part = rest.popFirst() {
            let segment = part.segment
            guard case .action(let action, _, _) = segment else {
                result.append(scanner.read(segment.source), from: part)
                continue
            }
            switch segment.keyword {
            case .define where !isBody: define(part, &rest, &result)
            case .define, .break, .continue: result.append(part)
            case .if, .with, .range, .block:
                saved.append(scanner.context)
                result.append(part)
            case .else:
                scanner.context = saved.last ?? scanner.context
                result.append(part)
            case .end:
                _ = saved.popLast()
                result.append(part)
            case .template: result.append(call(segment, action, &scanner), from: part)
            case nil: result.append(output(segment, action, &scanner), from: part)
            }
        }
        return result
    }

    private mutating func define(
        _ head: TemplateSegment.Placed, _ rest: inout ArraySlice<TemplateSegment.Placed>,
        _ result: inout RewrittenTemplate
    ) {
        guard case .action(let action, _, _) = head.segment else { return }
        result.append(head)
        var depth = 0, body: [TemplateSegment.Placed] = []
        while let part = rest.popFirst() {
            switch part.segment.keyword {
            case .if, .with, .range, .block, .define: depth += 1
            case .end: depth -= 1
            default: break
            }
            if depth < 0 {
                if let name = Self.name(action) { bodies[name] = body }
                result.append(rewrite(body[...], .text, isBody: true))
                return result.append(part)
            }
            body.append(part)
        }
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
