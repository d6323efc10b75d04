internal import HTTPTypes
internal import Hummingbird
internal import KTSDBAccess
internal import KTSDBModel
internal import PrometheusWire

/// The description of the API: `/api/v1/openapi.yaml`.
struct OpenAPIRoute: Sendable {
    let state: ServerState

    func add(to group: RouterGroup<ServerRequestContext>) {
        group.route("openapi.yaml", [.get], parameters: description)
    }

    private func description(_ parameters: RequestParameters) async throws -> Response {
        let text = parameters["openapi_version"]
        guard let version = text.isEmpty ? .first : APIDescription.Version(rawValue: text) else {
            let all = APIDescription.Version.allCases.map(\.rawValue).joined(separator: ", ")
            throw APIError.invalidParameter("openapi_version", "\(goQuoted(text)) is not one of \(all)")
        }
        let path = state.options.externalPath, offer = offer
        let document = await state.workers.run {
            APIDescription.document(
                version, server: BuildInformation.version, prefix: path == "/" ? "" : path, offer: offer)
        }
        return .text(document, type: "application/yaml; charset=utf-8")
    }

    private var offer: DescribedOffer {
        let access = state.access.loaded
        return DescribedOffer(
            hasAdminAPI: state.options.enablesAdminAPI, hasSearch: state.options.features.searches,
            takesPasswords: !access.configuration.users.isEmpty, takesTokens: !access.tokens.isEmpty)
    }
}
