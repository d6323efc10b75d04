internal import Synchronization

/// The errors of templates in one message, which the message mentions and which are reported to the operator.
package final class TemplateFailures: Sendable {
    /// Fields that are read by the receiver's program rather than by people. An error text in them could make it refuse
    /// the whole message, so they are left out if their templates fail.
    private static let formalFields: Set<String> = [
        "channel", "color", "emoji", "href", "icon_emoji", "icon_url", "image_url", "priority", "room_id", "src",
        "thumb_url", "title_link", "author_link", "author_icon", "footer_icon", "type", "url", "url_title", "sound",
        "device", "style", "name", "value", "id", "username", "tags", "actions", "client_url", "message_type",
    ]

    private let texts = Mutex<[String]>([])

    package init() {}

    package var isEmpty: Bool { texts.withLock { $0.isEmpty } }
    /// The first error; nil if no template failed.
    package var first: String? { texts.withLock { $0.first } }

    /// Notes an error, and returns the text that replaces the failed one.
    func note(_ error: NotificationTemplateError, of field: String?, as kind: NotificationTemplates.Kind) -> String {
        texts.withLock { $0.append(error.description) }
        if let field, Self.formalFields.contains(field) { return "" }
        let text = Truncation.bytes("<error expanding template: \(error)>", Self.byteLimit).text
        return kind == .html ? HTMLText.escaped(text) : text
    }

    /// The longest error in a message, in bytes: errors quote values of alerts, which may be long.
    private static let byteLimit = 1024
}

private enum HTMLText {
    static func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
    }
}
