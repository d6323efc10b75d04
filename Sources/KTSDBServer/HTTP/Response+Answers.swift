internal import HTTPTypes
internal import Hummingbird
internal import PrometheusWire

extension Response {
    /// A JSON answer that has been written completely.
    static func json(_ json: borrowing JSONWriter, status: HTTPResponse.Status = .ok) -> Response {
        return Response(
            status: status, headers: [.contentType: "application/json"],
            body: ResponseBody(byteBuffer: ByteBuffer(json)))
    }

    /// A successful answer of the JSON API; `data` writes the value of its field `data`.
    static func success(warnings: [String] = [], _ data: (inout JSONWriter) -> Void) -> Response {
        var json = JSONWriter()
        json.beginSuccess()
        data(&json)
        json.endSuccess(warnings: warnings)
        return .json(json)
    }

    /// A successful answer without content.
    static var noContent: Response {
        var response = Response(status: .noContent)
        response.headers[.contentLength] = nil
        return response
    }

    /// An answer in plain text.
    static func text(
        _ text: String, status: HTTPResponse.Status = .ok, type: String = "text/plain; charset=utf-8"
    ) -> Response {
        var headers: HTTPFields = [.contentType: type]
        if status.code >= 400 { headers[.xContentTypeOptions] = "nosniff" }
        return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }
}
