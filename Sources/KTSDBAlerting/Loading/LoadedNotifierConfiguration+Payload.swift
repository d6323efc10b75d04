internal import KTSDBAlertingFiles
internal import KTSDBConfiguration
package import KTSDBNotify

extension LoadedNotifierConfiguration {
    /// What payloads need besides the notification. A text whose template fails is replaced by the error: a message
    /// that says what is wrong with it is better than none.
    package func payloadContext(externalURL: String, hostName: String) -> PayloadContext {
        let directory = LocalFile.directory(of: file)
        var context = PayloadContext(
            templates: templates, externalURL: externalURL,
            readFile: { path throws(PayloadError) in try Self.secret(path, in: directory) }, readYAML: YAMLText.value)
        context.hostName = hostName
        context.replacesFailedTexts = true
        return context
    }

    /// The content of a file with a secret, which is looked for where the configuration is.
    private static func secret(_ path: String, in directory: String) throws(PayloadError) -> String {
        let resolved = LocalFile.resolve(path, in: directory)
        do throws(LocalFile.Failure) { return try LocalFile.text(resolved) } catch {
            throw PayloadError("open \(path): \(error)")
        }
    }
}
