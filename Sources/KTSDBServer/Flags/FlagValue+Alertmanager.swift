internal import GoTemplate
internal import KTSDBNotify
internal import PrometheusWire

extension FlagValue where Value == Duration {
    /// A duration in Prometheus' notation, or in Go's, as Alertmanager takes it: `120h`, `1.5s`, `5d`.
    static var goDuration: FlagValue {
        FlagValue(
            "duration",
            read: { (text) throws(FlagProblem) in
                guard let duration = PrometheusDuration.parse(text) ?? GoDurationText.parse(text), duration >= .zero
                else { throw .malformed(reason: "not a valid duration string: \"\(text)\"") }
                return duration
            }, text: PrometheusDuration.format)
    }

    /// A duration as in ``goDuration``, but greater than 0.
    static var positiveGoDuration: FlagValue {
        FlagValue(
            "duration",
            read: { (text) throws(FlagProblem) in
                let duration = try FlagValue.goDuration.read(text, .zero)
                guard duration > .zero else { throw .notPositive }
                return duration
            }, text: PrometheusDuration.format)
    }
}

extension FlagValue where Value == AlertmanagerFeatures {
    /// Names separated by commas; each repetition adds to the names before.
    static var alertmanagerFeatures: FlagValue {
        FlagValue(
            "names",
            adding: { (text, old) throws(FlagProblem) in AlertmanagerFeatures(old.names + [text]) },
            text: { $0.names.joined(separator: ",") })
    }
}
