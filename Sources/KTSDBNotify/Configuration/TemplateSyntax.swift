internal import GoTemplate

/// Checks of texts that may be templates.
package enum TemplateSyntax {
    /// Returns whether a text is a template.
    ///
    /// As in Alertmanager, only Go's own functions are known here.
    /// - Throws: ``NotificationTemplateError`` in Go's words if it is a malformed one.
    package static func isTemplate(_ text: String) throws(NotificationTemplateError) -> Bool {
        guard text.contains("{{") else { return false }
        do throws(TemplateError) { _ = try Template.parse(name: "", text: text) } catch {
            throw NotificationTemplateError(error.description)
        }
        return true
    }
}
