internal import KTSDBAccess
internal import KTSDBAlertingFiles
internal import KTSDBConfiguration
internal import KTSDBNotify

/// `check web-config`: checks files for `--web.config.file`, and the certificates and keys that they name.
package enum WebConfigurationCheck {
    /// Checks files. All output goes to standard error, as with promtool.
    package static func run(_ paths: [String], _ files: ToolFiles, _ options: ToolOptions) -> ToolOutput {
        if let refusal = ToolArguments.refusal(paths, files, options) { return refusal }
        var output = ToolOutput()
        for path in paths {
            do throws(ToolFileError) {
                try check(path, files, options)
                output.complain("\(path) SUCCESS")
            } catch {
                output.complain("\(path) FAILED: \(error)")
                output.code = 1
            }
        }
        return output
    }

    private static func check(_ path: String, _ files: ToolFiles, _ options: ToolOptions) throws(ToolFileError) {
        let text = try files.text(path)
        do throws(ConfigurationError) {
            // Errors name files by their paths in the configuration, relative to its directory.
            guard let document = try YAMLValue.document(text, file: files.place(path)) else { return }
            var reading = StrictReading(syntax: .utf8) { _ in nil }
            _ = try reading.section(document, WebConfigurationSchema.file)
            try reading.finish(path)
            let directory = LocalFile.directory(of: files.place(path))
            let configuration = try WebConfiguration(document, directory: directory)
            // At its start, a server refuses ciphers that lack those that HTTP/2 requires; promtool does not check
            // that.
            _ = try configuration.tls?.makeIdentity(http2: false)
        } catch {
            let reason = GoYAML.problem(text, .two, types: ["": "web.Config"]) ?? files.unplaced(error).reason
            throw ToolFileError(options.generation == .classic ? classic(reason) : reason)
        }
    }

    /// Returns the reason in the words of promtool 2.
    private static func classic(_ reason: String) -> String {
        let changes = [
            ("missing one of cert or cert_file", "missing cert_file"),
            ("missing one of key or key_file", "missing key_file"), ("invalid ClientAuth", "Invalid ClientAuth"),
            ("client CA's have", "Client CA's have"),
            ("allowed inclusive range 4..31", "allowed range (4,31)"),
        ]
        var text = reason
        for (new, old) in changes where text.contains(new) { text = text.replacing(new, with: old) }
        guard text.hasPrefix("failed to read "), let cause = text.firstRange(of: "): ") else { return text }
        return "failed to load X509KeyPair: " + text[cause.upperBound...]
    }
}
