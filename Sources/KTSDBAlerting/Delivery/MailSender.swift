internal import CLibrary
internal import KTSDBModel
internal import KTSDBNotify
internal import KTSDBScrape
internal import NIOCore
internal import NIOPosix
internal import NIOSSL

/// Sends a mail to its server: greeting, encryption, authentication, and the mail, as Alertmanager does it.
struct MailSender: Sendable {
    private struct DeadlineExceeded: Error {}
    private struct Cancelled: Error {}

    func send(_ mail: MailMessage, within time: Duration) async -> AttemptOutcome {
        let time = min(max(time, .milliseconds(1)), ReceiverSender.longestTime)
        do throws(SMTPConnection.Failure) {
            let code = try await deliver(mail, within: TimeAmount(time))
            return AttemptOutcome(.success(), status: code)
        } catch {
            return outcome(of: error, mail)
        }
    }

    private func deliver(_ mail: MailMessage, within time: TimeAmount) async throws(SMTPConnection.Failure) -> Int {
        guard let colon = mail.server.lastIndex(of: ":"),
            let port = Int(mail.server[mail.server.index(after: colon)...])
        else {
            throw .init(step: "parse smarthost", cause: MailProblem("\(mail.server): the port is not a number"))
        }
        let host = mail.server[..<colon].filter { $0 != "[" && $0 != "]" }
        let serverName = mail.tls.has("server_name") ? mail.tls.text("server_name") : host
        let context = try await step("read TLS settings") { try tlsContext(mail) }
        let connection = try await step("establish connection to server") {
            try await SMTPConnection.open(
                host: host, port: port, tls: mail.isImplicitTLS ? context : nil, serverName: serverName, within: time)
        }
        let timer = connection.abort(after: time, DeadlineExceeded())
        defer { timer.cancel() }
        let result = await withTaskCancellationHandler {
            await converse(mail, connection, host, context, serverName)
        } onCancel: {
            connection.abort(Cancelled())
        }
        switch result {
        case .success: Task { await connection.close() }
        case .failure(let failure): connection.abort(failure.cause)
        }
        return try result.get()
    }

    private func converse(
        _ mail: MailMessage, _ connection: SMTPConnection, _ host: String, _ context: NIOSSLContext?,
        _ serverName: String
    ) async -> Result<Int, SMTPConnection.Failure> {
        var talk = MailConversation(mail: mail, connection: connection, host: host, isEncrypted: mail.isImplicitTLS)
        do throws(SMTPConnection.Failure) {
            return .success(try await talk.run(context, serverName: serverName))
        } catch { return .failure(error) }
    }

    private func step<Value: Sendable>(
        _ name: String, _ body: @Sendable () async throws -> Value
    ) async throws(SMTPConnection.Failure) -> Value {
        do { return try await body() } catch { throw SMTPConnection.Failure(step: name, cause: error) }
    }

    private func tlsContext(_ mail: MailMessage) throws -> NIOSSLContext? {
        guard mail.requiresTLS || mail.isImplicitTLS else { return nil }
        return try NIOSSLContext(configuration: HTTPClientSettings.TLS(mail.tls).makeConfiguration())
    }

    // MARK: Failures

    private func outcome(of failure: SMTPConnection.Failure, _ mail: MailMessage) -> AttemptOutcome {
        var reason = ReceiverAnswer.Reason.other, status: Int?, text: String
        switch failure.cause {
        case is Cancelled: (reason, text) = (.contextCanceled, "context canceled")
        case is DeadlineExceeded: (reason, text) = (.contextDeadlineExceeded, "context deadline exceeded")
        case let refusal as SMTPConnection.Refusal:
            (status, text) = (refusal.reply.code, refusal.reply.text)
            if [530, 534, 535, 538].contains(refusal.reply.code) { reason = .authError }
        case let error as NIOConnectionError: text = RequestFailure.reason(for: error)
        case ChannelError.eof: text = "EOF"
        case let error as ChannelError: text = "\(error)"
        case let error as IOError: text = SystemCall.message(error.errnoCode)
        default: text = "\(failure.cause)"
        }
        var redaction = Redaction()
        redaction.hide(mail.password)
        redaction.hide(mail.secret)
        text = redaction.applied(to: failure.step + ": " + text)
        return AttemptOutcome(.failure(reason: text, isRetryable: true), status: status, reason: reason)
    }
}

/// What is wrong with a mail or its server.
struct MailProblem: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
