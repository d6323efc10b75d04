internal import ArgumentParser

/// `ktsdb query instant`
struct QueryInstantCommand: PromtoolArguments {
    static let words = ["query", "instant"]
    static let configuration = described(words)

    @Argument(parsing: .captureForPassthrough, help: "The flags and arguments of promtool's command.")
    var arguments: [String] = []
}

/// `ktsdb query range`
struct QueryRangeCommand: PromtoolArguments {
    static let words = ["query", "range"]
    static let configuration = described(words)

    @Argument(parsing: .captureForPassthrough, help: "The flags and arguments of promtool's command.")
    var arguments: [String] = []
}

/// `ktsdb query series`
struct QuerySeriesCommand: PromtoolArguments {
    static let words = ["query", "series"]
    static let configuration = described(words)

    @Argument(parsing: .captureForPassthrough, help: "The flags and arguments of promtool's command.")
    var arguments: [String] = []
}

/// `ktsdb query labels`
struct QueryLabelsCommand: PromtoolArguments {
    static let words = ["query", "labels"]
    static let configuration = described(words)

    @Argument(parsing: .captureForPassthrough, help: "The flags and arguments of promtool's command.")
    var arguments: [String] = []
}

/// `ktsdb query analyze`
struct QueryAnalyzeCommand: PromtoolArguments {
    static let words = ["query", "analyze"]
    static let configuration = described(words)

    @Argument(parsing: .captureForPassthrough, help: "The flags and arguments of promtool's command.")
    var arguments: [String] = []
}
