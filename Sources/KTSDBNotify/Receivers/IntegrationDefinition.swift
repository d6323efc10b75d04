/// What one kind of receiver is: its fields, its message, and what its answer means. Each kind is a type in `Kinds/`.
protocol IntegrationDefinition {
    /// The fields of a configuration, with their defaults and checks.
    static var schema: ConfigurationSchema { get }
    /// Whether this program brings notifications to receivers of the kind; the others are only checked.
    static var isDelivered: Bool { get }
    /// Whether a null entry counts as one that sets nothing.
    static var allowsEmptyEntry: Bool { get }
    /// Whether errors name the channel.
    static var namesChannel: Bool { get }
    /// Takes what is not set from the global values, and refuses what is still missing. `own` is the entry's own
    /// `http_config`.
    static func complete(
        _ values: inout FieldValues, from global: FieldValues, own: FieldValues?
    ) throws(NotifierConfigurationError)
    /// Builds what is sent for one notification.
    static func message(_ builder: inout PayloadBuilder) throws(PayloadError) -> OutgoingMessage
    /// Returns why the notification did not arrive; nil if it did.
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

    /// The status decides: all but 2xx are failures, and those from 500 on may be tried again.
    static func failure(_ answer: ReceiverAnswer, _ values: FieldValues) -> ReceiverAnswer.Failure? {
        answer.checkStatus()
    }
}
