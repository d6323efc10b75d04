/// The description of the API in OpenAPI.
enum APIDescription {
    /// The versions of OpenAPI in which the API is described.
    enum Version: String, CaseIterable, Sendable {
        case first = "3.1"
        case second = "3.2"
    }

    /// Returns the document for a server whose paths begin with `prefix`. It describes the endpoints that `offer`
    /// includes.
    ///
    /// Only version 3.2 can describe event streams, so version 3.1 leaves them out.
    static func document(
        _ version: Version, server release: String, prefix: String, offer: DescribedOffer = .init()
    ) -> String {
        var operations = DescribedOperations.all.filter(offer.includes)
        if version == .second {
            operations.append(
                DescribedOperation(
                    "/api/v1/notifications/live", ["get"], "Stream notifications for operators as events.", [],
                    .content("text/event-stream")))
        }
        let paths = operations.sorted { $0.path < $1.path }.map { (key: $0.path, value: $0.item) }
        var components: [(key: String, value: DescriptionValue)] = [
            ("schemas", DescribedSchema.named), ("responses", DescribedOperation.sharedResponses),
        ]
        var parts: [(key: String, value: DescriptionValue)] = [
            ("openapi", .text(version.rawValue + ".0")), ("info", information(release)),
            ("servers", .list([["url": .text(prefix.isEmpty ? "/" : prefix)]])), ("paths", .map(paths)),
        ]
        if let schemes = offer.securitySchemes {
            components.append(("securitySchemes", schemes))
            parts.append(("security", offer.security))
        }
        parts.append(("components", .map(components)))
        return DescriptionValue.map(parts).yaml
    }

    private static func information(_ release: String) -> DescriptionValue {
        [
            "title": "ktsdb", "version": .text(release),
            "description": "A time-series database with the HTTP API of Prometheus.",
        ]
    }
}
