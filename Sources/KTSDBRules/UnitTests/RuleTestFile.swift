public import KTSDBModel

/// A file with unit tests of rules, as `promtool test rules` reads it.
public struct RuleTestFile: Hashable, Sendable {
    /// How often all groups are evaluated.
    public var evaluationInterval: Duration = .seconds(60)
    /// The names of groups in the order in which they are evaluated. Other groups come first, by file and name.
    public var groupOrder: [String] = []
    /// Whether samples may differ by one unit in the last place.
    public var comparesFuzzily = false
    /// The tests.
    public var tests: [RuleTest] = []

    /// Creates a file without tests.
    public init() {}
}

/// One test: input series, and the expected alerts and results of expressions.
public struct RuleTest: Hashable, Sendable {
    /// The test's name; empty if it has none.
    public var name = ""
    /// The time between two points of the input series; nil for the evaluation interval.
    public var interval: Duration?
    /// The series that the rules read.
    public var inputSeries: [InputSeries] = []
    /// Alerts that are expected to fire.
    public var alertTests: [AlertTest] = []
    /// Expressions and their results.
    public var expressionTests: [ExpressionTest] = []
    /// `$externalLabels`
    public var externalLabels = Labels()
    /// `$externalURL`
    public var externalURL = ""
    /// The time of the first evaluation.
    public var start = PreciseTime(nanoseconds: 0)

    /// Creates an empty test.
    public init() {}

    /// A series, in the notation of PromQL's tests.
    public struct InputSeries: Hashable, Sendable {
        /// `up{job="api"}`
        public var series: String
        /// `1 _ 0+10x5 stale`
        public var values: String

        /// Creates a series.
        public init(series: String, values: String) {
            self.series = series
            self.values = values
        }
    }

    /// The alerts of one name that are expected to fire at a time.
    public struct AlertTest: Hashable, Sendable {
        /// The time at which they fire, from the start of the test.
        public var time: Duration
        /// The name of the alerts.
        public var alertName: String
        /// The alerts.
        public var alerts: [ExpectedAlert]

        /// Creates a test.
        public init(time: Duration, alertName: String, alerts: [ExpectedAlert] = []) {
            self.time = time
            self.alertName = alertName
            self.alerts = alerts
        }
    }

    /// An alert that is expected.
    public struct ExpectedAlert: Hashable, Sendable {
        /// Its labels, without `alertname`.
        public var labels: NamedTexts
        /// Its annotations.
        public var annotations: NamedTexts

        /// Creates an alert.
        public init(labels: NamedTexts = [:], annotations: NamedTexts = [:]) {
            self.labels = labels
            self.annotations = annotations
        }
    }

    /// An expression and its result.
    public struct ExpressionTest: Hashable, Sendable {
        /// The text of the expression.
        public var expression: String
        /// The time of its evaluation, from the start of the test.
        public var time: Duration
        /// The samples of its result.
        public var samples: [ExpectedSample]

        /// Creates a test.
        public init(expression: String, time: Duration, samples: [ExpectedSample] = []) {
            self.expression = expression
            self.time = time
            self.samples = samples
        }
    }

    /// A sample that is expected.
    public struct ExpectedSample: Hashable, Sendable {
        /// Its labels: `up{job="api"}`
        public var labels: String
        /// Its value, unless ``histogram`` is given.
        public var value: Double
        /// Its value as a histogram in the notation of PromQL's tests; empty for a float.
        public var histogram: String

        /// Creates a sample.
        public init(labels: String, value: Double = 0, histogram: String = "") {
            self.labels = labels
            self.value = value
            self.histogram = histogram
        }
    }
}
