internal import ArgumentParser

/// `ktsdb check healthy`
struct CheckHealthyCommand: PromtoolArguments {
    static let words = ["check", "healthy"]
    static let configuration = described(words)

    @Argument(parsing: .captureForPassthrough, help: "The flags and arguments of promtool's command.")
    var arguments: [String] = []
}

/// `ktsdb check ready`
struct CheckReadyCommand: PromtoolArguments {
    static let words = ["check", "ready"]
    static let configuration = described(words)

    @Argument(parsing: .captureForPassthrough, help: "The flags and arguments of promtool's command.")
    var arguments: [String] = []
}
