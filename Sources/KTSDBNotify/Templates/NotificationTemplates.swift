package import GoTemplate
internal import Synchronization

/// The templates of a configuration: Alertmanager's own, and those of its files.
package struct NotificationTemplates: Sendable {
    /// Whether values are escaped for HTML.
    package enum Kind: Hashable, Sendable { case text, html }

    private let text: Template
    private let html: Template
    private let sources: [(name: String, text: String)]
    /// Returns the place with a name of the time zone database.
    private let location: @Sendable (String) -> Location?
    private let limits: TemplateLimits

    /// How much a template may do and write.
    package static let limits: TemplateLimits = {
        var limits = TemplateLimits()
        limits.outputBytes = 1 << 20
        return limits
    }()

    /// Parses the texts of the configured files.
    /// - Throws: ``NotificationTemplateError`` in Go's words.
    package init(
        files: [(name: String, text: String)] = [], location: @escaping @Sendable (String) -> Location? = { _ in nil },
        limits: TemplateLimits = NotificationTemplates.limits
    ) throws(NotificationTemplateError) {
        self.location = location
        self.limits = limits
        sources = [("", DefaultTemplates.source)] + files
        do throws(TemplateError) {
            text = try Self.parse(sources, Self.functions(nil), limits)
            let rewritten = HTMLRewriter.rewrite(sources.map(\.text))
            html = try Self.parse(
                sources, as: rewritten, Self.functions(nil).merging(HTMLEscaping.functions), limits)
        } catch {
            throw NotificationTemplateError(error.description)
        }
    }

    /// Parses texts, or what they were rewritten as.
    private static func parse(
        _ sources: [(name: String, text: String)], as rewritten: [RewrittenTemplate]? = nil,
        _ functions: TemplateFunctions, _ limits: TemplateLimits
    ) throws(TemplateError) -> Template {
        var whole: Template?
        for (number, source) in sources.enumerated() {
            let other = rewritten?[number]
            whole = try Template.parse(
                name: source.name, text: other?.text ?? source.text, functions: functions, including: whole,
                limits: limits, origin: other.map { TemplateOrigin(sources: sources, anchors: $0.anchors) })
        }
        return whole!
    }

    /// Functions for parsing; those of an expansion replace them.
    private static func functions(_ context: NotificationFunctions.Context?) -> TemplateFunctions {
        let context = context ?? NotificationFunctions.Context(now: .zero) { _ in nil }
        let placeholder = GoFunction([.string], returns: .string, canFail: true) { _ in "" }
        return NotificationFunctions.all(context).merging(["routeLabels": placeholder])
    }

    /// Expands a text.
    /// - Throws: ``NotificationTemplateError`` in Go's words.
    package func expand(
        _ source: String, _ data: TemplateData, as kind: Kind = .text, at now: WallTime
    ) throws(NotificationTemplateError) -> String {
        try expand(source, data.goValue, routeLabels: data, as: kind, at: now)
    }

    /// Expands a text with any value as its data.
    package func expand(
        _ source: String, _ value: GoValue, routeLabels data: TemplateData? = nil, as kind: Kind = .text,
        at now: WallTime
    ) throws(NotificationTemplateError) -> String {
        let memo = RouteLabelMemo()
        do {
            return try expand(source, value, data, kind, now, memo, path: [])
        } catch let error as NotificationTemplateError {
            throw error
        } catch {
            throw NotificationTemplateError("\(error)")
        }
    }

    private func expand(
        _ source: String, _ value: GoValue, _ data: TemplateData?, _ kind: Kind, _ now: WallTime,
        _ memo: RouteLabelMemo, path: [String]
    ) throws -> String {
        if source.isEmpty { return "" }
        let resolve = GoFunction([.string], returns: .string, canFail: true) { arguments in
            let name = arguments[0].asString?.description ?? ""
            return .text(try label(name, value, data, kind, now, memo, path: path))
        }
        let context = NotificationFunctions.Context(now: now, location: location)
        let functions = NotificationFunctions.all(context).merging(["routeLabels": resolve])
        do {
            if kind == .text {
                let template = try Template.parse(
                    name: "", text: source, functions: functions, including: text, limits: limits)
                return try template.execute(value, missingKey: .zero, limits: limits).description
            }
            return try expandHTML(source, value, functions)
        } catch {
            throw NotificationTemplateError(error.description)
        }
    }

    private func expandHTML(
        _ source: String, _ value: GoValue, _ functions: TemplateFunctions
    ) throws(TemplateError) -> String {
        let all = sources + [("", source)]
        // The error of parsing is that of the text as it was written.
        func parseAsWritten() throws(TemplateError) {
            _ = try Template.parse(name: "", text: source, functions: functions, including: text, limits: limits)
        }
        guard let rewritten = HTMLRewriter.rewrite(all.map(\.text))?.last else {
            try parseAsWritten()
            return ""
        }
        let template: Template
        do throws(TemplateError) {
            template = try Template.parse(
                name: "", text: rewritten.text, functions: functions, including: html, limits: limits,
                origin: TemplateOrigin(sources: all, anchors: rewritten.anchors))
        } catch {
            try parseAsWritten()
            throw error
        }
        return try template.execute(value, missingKey: .zero, limits: limits).description
    }

    /// The value of a label of the route, expanded if it has not been yet.
    private func label(
        _ name: String, _ value: GoValue, _ data: TemplateData?, _ kind: Kind, _ now: WallTime, _ memo: RouteLabelMemo,
        path: [String]
    ) throws -> String {
        guard let data, let raw = data.routeLabels[name] else { return "" }
        if data.hasRenderedRouteLabels { return raw }
        if let known = memo[name] { return known }
        guard !path.contains(name) else {
            throw GoError("route label cycle detected: \((path + [name]).joined(separator: " -> "))")
        }
        let expanded = try expand(raw, value, data, kind, now, memo, path: path + [name])
        memo[name] = expanded
        return expanded
    }

    /// Returns the data with the labels of the route expanded; those that cannot be are left out.
    package func renderingRouteLabels(_ data: TemplateData, at now: WallTime) -> TemplateData {
        var result = data
        var bare = data
        bare.reason = NotificationReason.unknown.rawValue
        let memo = RouteLabelMemo()
        let rendered = data.routeLabels.pairs.compactMap { pair -> (String, String)? in
            (try? label(pair.name, bare.goValue, bare, .text, now, memo, path: [])).map { (pair.name, $0) }
        }
        result.routeLabels = KeyValues(rendered)
        result.hasRenderedRouteLabels = true
        return result
    }
}

/// The labels of a route that have been expanded, so that each is expanded once.
private final class RouteLabelMemo: Sendable {
    private let values = Mutex<[String: String]>([:])

    subscript(name: String) -> String? {
        get { values.withLock { $0[name] } }
        set { values.withLock { $0[name] = newValue } }
    }
}

/// The reason why a template cannot be parsed or expanded, in Go's words.
package struct NotificationTemplateError: Error, Hashable, Sendable, CustomStringConvertible {
    package var description: String

    package init(_ description: String) { self.description = description }
}
