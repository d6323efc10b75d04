internal import KTSDBAlerting
internal import KTSDBAlertingFiles
internal import KTSDBConfiguration
internal import KTSDBModel
internal import KTSDBNotify

/// `check alertmanager`: whether configurations of Alertmanager are valid, with the texts of `amtool check-config`.
package struct AlertmanagerCheck: Sendable {
    private let lints: LintSelection
    private let files: ToolFiles
    private let options: ToolOptions

    package init(_ lints: LintSelection, _ files: ToolFiles, _ options: ToolOptions) {
        self.lints = lints
        self.files = files
        self.options = options
    }

    /// Checks files; standard input without files.
    package func run(_ paths: [String], context: LintInputs = LintInputs()) -> ToolOutput {
        let input = "/dev/stdin"
        if let refusal = ToolArguments.refusal(paths.filter { $0 != "-" }, files, options, hint: "") { return refusal }
        var output = lints.warnings, failures = 0, hasFindings = false
        for path in paths.isEmpty ? ["-"] : paths {
            let name = path == "-" ? input : path
            output.write("Checking '\(name)'")
            do throws(ToolFileError) {
                let text = path == "-" ? try files.inputText() : try files.text(path)
                failures += check(text, name, &output)
                if lints.selectsMore {
                    var context = context
                    context.notifier = (name, text)
                    let findings = lints.findings(about: [.alertmanager], in: context, files: files, options: options)
                    hasFindings = LintReport.write(findings, to: &output) || hasFindings
                }
            } catch {
                output.print("  FAILED: \(error)\n")
                failures += 1
            }
        }
        options.listUnset(to: &output)
        if failures > 0 {
            output.add(ToolArguments.failure("failed to validate \(failures) file(s)", options))
        } else if hasFindings, lints.isFatal {
            output.code = 3
        }
        return output
    }

    /// Returns how many times the check failed.
    private func check(_ text: String, _ path: String, _ output: inout ToolOutput) -> Int {
        let configuration: NotifierConfiguration
        do throws(ConfigurationError) {
            configuration = try NotifierFile.read(text, path: path, options)
        } catch {
            output.print("  FAILED: \(error.reason)\n")
            // amtool's words name the line of faults in the YAML alone.
            if let line = error.line, !error.reason.hasPrefix("yaml: line "), options.program == "ktsdb" {
                output.complain("  at \(path):\(line)")
            }
            return 1
        }
        output.print("  SUCCESS")
        output.print("Found:\n - global config\n - route")
        output.print(" - \(configuration.inhibitionRules.count) inhibit rules")
        output.print(" - \(configuration.receivers.count) receivers")
        output.print(" - \(configuration.templates.count) templates")
        let failures = configuration.templates.isEmpty ? 0 : checkTemplates(configuration, path, &output)
        output.print("")
        warn(configuration, path, &output)
        if options.program == "ktsdb", YAMLValue.hasContentAfterFirst(text) {
            output.complain("  WARNING: \(path): \(NotifierConfiguration.laterDocuments)")
        }
        return failures
    }

    private func checkTemplates(
        _ configuration: NotifierConfiguration, _ path: String, _ output: inout ToolOutput
    ) -> Int {
        do throws(NotificationTemplateError) {
            _ = try NotifierFile.templates(configuration, path: path, files)
            output.print("  SUCCESS")
            return 0
        } catch {
            output.print("  FAILED: \(error)")
            return 1
        }
    }

    /// Names what Alertmanager takes and the server of ktsdb refuses.
    private func warn(_ configuration: NotifierConfiguration, _ path: String, _ output: inout ToolOutput) {
        for receiver in configuration.receivers {
            for integration in receiver.integrations {
                guard let obstacle = integration.obstacle else { continue }
                let place = integration.line.map { "\(path):\($0)" } ?? path
                output.complain(
                    "  WARNING: \(place): receiver \(goQuoted(receiver.name)): \(obstacle) (Alertmanager accepts this, the "
                        + "server of ktsdb refuses it)")
            }
        }
    }
}
