/// The definition of one kind of receiver: its fields, its message, and the meaning of its answers. Each kind is a type
/// in `Kinds/`.
protocol IntegrationDefinition {
    /// The fields of a configuration, with their defaults and checks.
    static var schema: ConfigurationSchema { get }
    /// Whether this program delivers to receivers of the kind; the configurations of other kinds are only checked.
    static var isDelivered: Bool { get }
    /// Whether a null entry is read as one that sets no fields.
    static var allowsEmptyEntry: Bool { get }
    /// Whether errors name the chat channel.
    static var namesChannel: Bool { get }
    /// Fills in fields that are not set from the global values, and refuses the entry if required fields are still
    /// missing. `own` is the entry's own `http_config`.
    static func complete(
        _ values: inout FieldValues, from global: FieldValues, own: FieldValues?
    ) throws(NotifierConfigurationError)
    /// Builds the message for one notification.
    static func message(_ builder: inout PayloadBuilder) throws(PayloadError) -> OutgoingMessage
    /// Returns why the notification was not accepted; nil if it was.
    static func failure(_ answer: ReceiverAnswer, _ values: FieldValues) -> ReceiverAnswer.Failure?
}

extension IntegrationDefinition {
    typealias Field = ConfigurationSchema.Field

    static var isDelivered: Bool { true }
    static var allowsEmptyEntry: Bool { false }
    static var namesChannel: Bool { false }

    static func complete(
        _ values: inout FieldValues, from global: FieldValues, own: FieldValues?
    ) throws(NotifierConfigurationError) {}

    static func message(_ builder: inout PayloadBuilder) throws(PayloadError) -> OutgoingMessage {
        throw PayloadError("receivers of this kind are not supported; use a webhook")
    }

    /// Decides by the status: all except 2xx are failures, and 5xx may be tried again.
    static func failure(_ answer: ReceiverAnswer, _ values: FieldValues) -> ReceiverAnswer.Failure? {
        answer.checkStatus()
    }
}
