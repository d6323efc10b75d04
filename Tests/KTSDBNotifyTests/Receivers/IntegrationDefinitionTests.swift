import Testing

@testable import KTSDBNotify

@Suite struct `Kinds of receivers` {
    @Test func `have a definition each`() {
        let definitions = Set(IntegrationKind.allCases.map { ObjectIdentifier($0.definition) })
        #expect(definitions.count == IntegrationKind.allCases.count)
    }

    @Test func `are delivered, but for three`() {
        #expect(IntegrationKind.allCases.filter { !$0.isDelivered } == [.wechat, .sns, .jira])
    }

    @Test(arguments: IntegrationKind.allCases)
    func `have fields of their own, and whether to send what is resolved`(kind: IntegrationKind) {
        let names = kind.schema.fields.map(\.name)
        #expect(names.contains("send_resolved") && Set(names).count == names.count)
        #expect(names.contains("http_config") == (kind != .email))
    }

    @Test(arguments: [IntegrationKind.slack, .opsgenie, .wechat, .rocketchat, .webhook, .discord])
    func `say whether an empty entry is one`(kind: IntegrationKind) {
        var integration = IntegrationConfiguration(kind: kind, index: 0, values: kind.schema.defaults)
        integration.isMissing = true
        let error = #expect(throws: NotifierConfigurationError.self) {
            try integration.complete(from: ConfigurationSchema.global.defaults)
        }
        let isKnown = ![.webhook, .discord].contains(kind)
        #expect((error?.description == "missing \(kind.rawValue) config") == !isKnown, "\(String(describing: error))")
    }
}
