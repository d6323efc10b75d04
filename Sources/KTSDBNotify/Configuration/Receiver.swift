/// A receiver of a configuration: who is notified, in how many ways.
package struct Receiver: Hashable, Sendable {
    package var name: String
    /// For queries; always with the label `name`.
    package var labels = KeyValues()
    /// The integrations in Alertmanager's order: by kind, then as in the file.
    package var integrations: [IntegrationConfiguration] = []
    /// The line of the file, from 1; nil if it is not from a file.
    package var line: Int?

    package init(name: String) { self.name = name }
}

/// One way to notify a receiver.
package struct IntegrationConfiguration: Hashable, Sendable {
    package var kind: IntegrationKind
    /// Its place among the receiver's configurations of this kind.
    package var index: Int
    package var values: FieldValues
    /// Whether the entry of the list is null.
    package var isMissing = false
    /// The line of the file, from 1; nil if it is not from a file.
    package var line: Int?

    package init(kind: IntegrationKind, index: Int, values: FieldValues) {
        self.kind = kind
        self.index = index
        self.values = values
    }

    package var sendsResolved: Bool { values.flag("send_resolved") }
}
