package import KTSDBConfiguration
internal import KTSDBNotify

extension VariablePlaces {
    /// The values of Alertmanager's configuration.
    ///
    /// Variables are for what differs from one place to another: addresses, channels, tokens, files, times. They are
    /// left alone in patterns, and in the texts of messages, which are templates.
    package static let alertmanager = VariablePlaces { path, text in
        switch path.first {
        case "receivers": ReceiverPlaces.isExpanded(path.dropFirst())
        case "route", "inhibit_rules": isExpandedInRoute(path, text)
        default: true
        }
    }

    private static func isExpandedInRoute(_ path: [String], _ text: String) -> Bool {
        switch path.last {
        case "matchers", "source_matchers", "target_matchers": !text.contains("=~") && !text.contains("!~")
        default: !path.contains { ["match_re", "source_match_re", "target_match_re", "labels"].contains($0) }
        }
    }
}

/// Which values of receivers may name variables.
private enum ReceiverPlaces {
    /// Fields whose texts are messages, or parts of them.
    private static let messages: Set<String> = [
        "title", "text", "pretext", "footer", "fallback", "callback_id", "message", "message_text", "description",
        "summary", "html", "subject", "content", "state_message", "entity_display_name", "monitoring_tool", "note",
        "entity", "tags", "actions", "value", "ok_text", "dismiss_text", "alt", "card", "severity", "class",
        "component", "group", "source", "client", "url_title", "template", "author_name", "msg",
    ]

    static func isExpanded(_ path: ArraySlice<String>) -> Bool {
        guard let kind = path.first.flatMap({ key in IntegrationKind.allCases.first { $0.key == key } }) else {
            return true
        }
        return isExpanded(path.dropFirst(), kind.schema)
    }

    private static func isExpanded(_ path: ArraySlice<String>, _ schema: ConfigurationSchema) -> Bool {
        guard let name = path.first, let field = schema.field(name) else { return true }
        switch field.kind {
        // What a client needs has no templates.
        case .fields where ["http_config", "tls_config", "sigv4"].contains(name): return true
        case .fields(let inner), .list(let inner): return isExpanded(path.dropFirst(), inner)
        // Details, headers and payloads are templates, whatever their names.
        case .textMap, .tree, .treeMap, .textOrFields: return false
        case .texts: return name != "labels"
        case .text: return !messages.contains(name)
        default: return true
        }
    }
}
