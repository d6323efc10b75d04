// swift-tools-version: 6.2
import PackageDescription

/// For every Swift target: unsafe code says so, and a warning fails the build.
let strict: [SwiftSetting] = [
    .strictMemorySafety(), .treatAllWarnings(as: .error), .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"), .enableUpcomingFeature("ExistentialAny"),
    .enableExperimentalFeature("Lifetimes"),
]

/// `KTSDB_ENGINE_ONLY=1 swift test` leaves the server out, and with it the long first build of its dependencies.
let engineOnly = Context.environment["KTSDB_ENGINE_ONLY"] != nil

/// For the server alone: not fetched by a package that asks for ktsdb with `traits: []`.
func server(_ product: String, _ package: String) -> Target.Dependency {
    .product(name: product, package: package, condition: .when(traits: ["Server"]))
}
/// Every target may call the C library.
func libc(_ name: String) -> [Target.Dependency] { name == "CLibrary" ? [] : ["CLibrary"] }
func library(_ name: String, _ dependencies: [Target.Dependency] = [], path: String? = nil) -> Target {
    .target(name: name, dependencies: dependencies + libc(name), path: path, swiftSettings: strict)
}
func tests(_ name: String, _ dependencies: [Target.Dependency], data: [String] = []) -> Target {
    .testTarget(name: name, dependencies: dependencies + libc(name), exclude: data, swiftSettings: strict)
}
func program(_ name: String, _ dependencies: [Target.Dependency], path: String? = nil) -> Target {
    .executableTarget(name: name, dependencies: dependencies + libc(name), path: path, swiftSettings: strict)
}

let log = server("Logging", "swift-log")
let yaml = server("Yams", "Yams")
let http = server("AsyncHTTPClient", "async-http-client")
let nio = ["NIOCore", "NIOHTTP1", "NIOPosix"].map { server($0, "swift-nio") }

let engineTargets: [Target] = [
    .target(name: "CKernels"),
    library("CLibrary"),
    library("KTSDBModel"),
    library("KTSDBEngine", ["KTSDBModel", "CKernels"]),
    library("PromQL", ["KTSDBModel"]),
    library("KTSDB", ["KTSDBModel", "KTSDBEngine", "PromQL"]),
    library("PasswordHashing"),
    library("KTSDBFoundation", ["KTSDBModel", "KTSDBEngine", "PromQL"]),
    library("GoTemplate"),
    library("LogQL", ["KTSDBModel", "GoTemplate"]),
    library("KTSDBRules", ["KTSDBModel", "KTSDBEngine", "PromQL", "GoTemplate"]),
    library("KTSDBNotify", ["KTSDBModel", "PrometheusWire", "GoTemplate"]),
    library("PrometheusWire", ["KTSDBModel"]),
    library("KTSDBTesting", ["KTSDBModel", "KTSDBEngine", "PromQL"]),
    .target(
        name: "KTSDBAlertTesting",
        dependencies: [
            "CLibrary", "KTSDBModel", "KTSDBEngine", "PromQL", "PrometheusWire", "GoTemplate", "KTSDBRules",
            "KTSDBNotify", "KTSDBTesting",
        ] + (engineOnly ? [] : ["KTSDBConfiguration", "KTSDBAlertingFiles", "KTSDBAlerting", "KTSDBTools"]),
        exclude: engineOnly ? ["Files"] : [], swiftSettings: strict),
    library("KerpLoadModel", ["KTSDBModel", "PrometheusWire"], path: "Examples/kerp-load/Model"),
    program("PromQLTestCommand", ["KTSDBTesting"]),
    program(
        "KTSDBBenchmarks", ["KTSDBModel", "KTSDBEngine", "PromQL", "KTSDBRules", "PrometheusWire", "KTSDBTesting"],
        path: "Benchmarks"),
    program(
        "KTSDBFuzzers", ["KTSDBModel", "KTSDBEngine", "PromQL", "PrometheusWire", "KTSDBTesting"], path: "Fuzzers"),
    tests("KTSDBModelTests", ["KTSDBModel", "KTSDBTesting"]),
    tests("KTSDBEngineTests", ["KTSDBModel", "KTSDBEngine", "PromQL", "KTSDBTesting"]),
    tests("KTSDBTests", ["KTSDB", "KTSDBEngine", "KTSDBFoundation", "KTSDBModel", "PromQL"]),
    tests("CrashTests", ["KTSDBModel", "KTSDBEngine", "PromQL", "KTSDBTesting"]),
    tests("PromQLTests", ["KTSDBModel", "KTSDBEngine", "PromQL", "KTSDBTesting"], data: ["Conformance"]),
    tests("PrometheusWireTests", ["KTSDBModel", "PrometheusWire", "KTSDBTesting"]),
    tests("GoTemplateTests", ["GoTemplate"], data: ["Fixtures"]),
    tests("LogQLTests", ["LogQL", "GoTemplate", "KTSDBModel", "KTSDBTesting"]),
    tests(
        "KTSDBRulesTests",
        ["GoTemplate", "KTSDBAlertTesting", "KTSDBEngine", "KTSDBModel", "KTSDBRules", "KTSDBTesting", "PromQL"]),
    tests(
        "KTSDBNotifyTests",
        ["KTSDBNotify", "GoTemplate", "KTSDBAlertTesting", "KTSDBModel", "PrometheusWire", "KTSDBTesting"]),
    tests("PasswordHashingTests", ["PasswordHashing"]),
    tests("TidyTests", []),
]
let serverTargets: [Target] = [
    .systemLibrary(
        name: "CZlib", pkgConfig: "zlib",
        providers: [.apt(["zlib1g-dev"]), .brew(["zlib"]), .yum(["zlib-devel"])]),
    .systemLibrary(
        name: "CZstd", pkgConfig: "libzstd",
        providers: [.apt(["libzstd-dev"]), .brew(["zstd"]), .yum(["libzstd-devel"])]),
    library("KTSDBConfiguration", ["KTSDBModel", "PrometheusWire", yaml]),
    library(
        "KTSDBAlertingFiles",
        [
            "KTSDBModel", "PromQL", "GoTemplate", "KTSDBRules", "KTSDBNotify", "KTSDBConfiguration", "PrometheusWire",
            yaml,
        ]),
    program("AlertTestCommand", ["KTSDBAlertTesting"]),
    library("ProcessTesting", ["KTSDBTesting"]),
    program(
        "KerpLoad",
        [
            "KerpLoadModel", "KTSDBModel", "PrometheusWire", http,
            server("ArgumentParser", "swift-argument-parser"),
        ] + nio, path: "Examples/kerp-load/Program"),
    library("KTSDBHTTP", ["CZlib", "CZstd", server("NIOCore", "swift-nio")]),
    library(
        "KTSDBScrape",
        [
            "KTSDBModel", "KTSDBEngine", "KTSDBConfiguration", "PrometheusWire", "KTSDBHTTP", yaml, http, log,
            server("NIOSSL", "swift-nio-ssl"),
        ] + nio),
    library(
        "KTSDBAlerting",
        [
            "KTSDBModel", "KTSDBEngine", "PromQL", "GoTemplate", "KTSDBRules", "KTSDBNotify", "PrometheusWire",
            "KTSDBConfiguration", "KTSDBAlertingFiles", "KTSDBHTTP", "KTSDBScrape", http, log,
            server("NIOSSL", "swift-nio-ssl"),
        ] + nio),
    library(
        "KTSDBAccess",
        [
            "KTSDBModel", "GoTemplate", "KTSDBConfiguration", "PasswordHashing", yaml, server("NIOCore", "swift-nio"),
            server("NIOSSL", "swift-nio-ssl"),
        ]),
    library(
        "KTSDBTools",
        [
            "KTSDBModel", "KTSDBEngine", "PromQL", "GoTemplate", "KTSDBRules", "KTSDBNotify", "PrometheusWire",
            "KTSDBConfiguration", "KTSDBAlertingFiles", "KTSDBScrape", "KTSDBAlerting", "KTSDBAccess", "KTSDBHTTP",
            yaml,
            http, server("NIOCore", "swift-nio"),
        ]),
    library(
        "KTSDBServer",
        [
            "KTSDBModel", "KTSDBEngine", "PromQL", "GoTemplate", "KTSDBRules", "KTSDBNotify", "PrometheusWire",
            "KTSDBConfiguration", "KTSDBAlertingFiles", "KTSDBScrape", "KTSDBAlerting", "KTSDBHTTP", "KTSDBAccess",
            "PasswordHashing", "CZlib", log,
            server("Hummingbird", "hummingbird"), server("HTTPTypes", "swift-http-types"),
            server("NIOCore", "swift-nio"), server("NIOPosix", "swift-nio"), server("NIOTLS", "swift-nio"),
            server("NIOSSL", "swift-nio-ssl"), server("NIOHTTP2", "swift-nio-http2"),
            server("NIOHPACK", "swift-nio-http2"),
            server("ServiceLifecycle", "swift-service-lifecycle"), server("UnixSignals", "swift-service-lifecycle"),
        ]),
    program(
        "KTSDBCommand",
        [
            "KTSDBModel", "KTSDBEngine", "PromQL", "KTSDBRules", "KTSDBNotify", "PrometheusWire", "KTSDBConfiguration",
            "KTSDBAlertingFiles", "KTSDBScrape", "KTSDBAlerting", "KTSDBTools", "KTSDBServer", log, http,
            server("NIOCore", "swift-nio"), server("NIOHTTP1", "swift-nio"),
            server("ArgumentParser", "swift-argument-parser"),
        ]),
    tests(
        "KerpLoadTests",
        [
            "KerpLoadModel", "KTSDBModel", "KTSDBEngine", "GoTemplate", "KTSDBRules", "KTSDBNotify", "PrometheusWire",
            "KTSDBAlertingFiles", "KTSDBTesting",
        ]),
    tests("KTSDBHTTPTests", ["KTSDBHTTP", "KTSDBTesting", "CZlib", "CZstd", server("NIOCore", "swift-nio")]),
    tests(
        "KTSDBAlertingFilesTests",
        [
            "GoTemplate", "KTSDBAlertTesting", "KTSDBAlertingFiles", "KTSDBConfiguration", "KTSDBNotify", "KTSDBRules",
            "KTSDBModel", "PrometheusWire", "KTSDBTesting",
        ]),
    tests(
        "KTSDBAlertingTests",
        [
            "KTSDBModel", "KTSDBEngine", "PromQL", "GoTemplate", "KTSDBRules", "KTSDBNotify", "PrometheusWire",
            "KTSDBConfiguration", "KTSDBAlertingFiles", "KTSDBHTTP", "KTSDBScrape", "KTSDBAlerting", "KTSDBTesting",
            "ProcessTesting", http, log, server("NIOSSL", "swift-nio-ssl"),
        ] + nio),
    tests(
        "KTSDBAccessTests",
        [
            "KTSDBAccess", "KTSDBConfiguration", "KTSDBTesting", "PasswordHashing", server("NIOSSL", "swift-nio-ssl"),
        ]),
    tests(
        "KTSDBToolsTests",
        [
            "KTSDBModel", "KTSDBEngine", "PromQL", "KTSDBRules", "KTSDBNotify", "KTSDBConfiguration",
            "KTSDBAlertingFiles", "KTSDBAlerting", "KTSDBTools", "KTSDBTesting", "PrometheusWire", "ProcessTesting",
        ]),
    tests(
        "KTSDBScrapeTests",
        [
            "KTSDBModel", "KTSDBEngine", "KTSDBConfiguration", "KTSDBScrape", "KTSDBTesting", "ProcessTesting", http,
            log, server("NIOSSL", "swift-nio-ssl"),
        ] + nio),
    tests(
        "KTSDBServerTests",
        [
            "KTSDBModel", "KTSDBEngine", "KTSDBRules", "KTSDBNotify", "PrometheusWire", "KTSDBConfiguration",
            "KTSDBAlertingFiles", "KTSDBScrape", "KTSDBAlerting", "KTSDBTools", "KTSDBServer", "KTSDBHTTP",
            "KTSDBAccess", "PasswordHashing", "KTSDBTesting", "ProcessTesting", "CZlib",
            server("NIOSSL", "swift-nio-ssl"),
            server("NIOHTTP2", "swift-nio-http2"), server("NIOHPACK", "swift-nio-http2"),
            http, log, server("Hummingbird", "hummingbird"), server("HummingbirdTesting", "hummingbird"),
            server("HTTPTypes", "swift-http-types"), server("ServiceLifecycle", "swift-service-lifecycle"),
            server("NIOEmbedded", "swift-nio"),
        ] + nio),
]

let package = Package(
    name: "ktsdb",
    products: ["KTSDBEngine", "KTSDBFoundation", "KTSDBModel", "KTSDBRules", "PromQL"].map {
        .library(name: $0, targets: [$0])
    } + [
        // What KTSDB re-exports is named, too: an incremental build compiles those who import it again only when one of
        // the product's own modules has changed.
        .library(name: "KTSDB", targets: ["KTSDB", "KTSDBEngine", "KTSDBModel", "PromQL"]),
        .executable(name: "ktsdb-bench", targets: ["KTSDBBenchmarks"]),
        .executable(name: "ktsdb-fuzz", targets: ["KTSDBFuzzers"]),
        .executable(name: "ktsdb-promqltest", targets: ["PromQLTestCommand"]),
    ]
        + (engineOnly
            ? []
            : [
                .executable(name: "ktsdb", targets: ["KTSDBCommand"]),
                .executable(name: "ktsdb-alerttest", targets: ["AlertTestCommand"]),
                .executable(name: "kerp-load", targets: ["KerpLoad"]),
            ]),
    traits: [
        .default(enabledTraits: ["Server"]),
        .trait(name: "Server", description: "The server and its dependencies."),
    ],
    dependencies: engineOnly
        ? []
        : [
            .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
            .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0", traits: []),
            .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
            .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
            .package(url: "https://github.com/apple/swift-nio-http2", from: "1.46.0"),
            .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
            .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
            .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
            .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
            .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        ],
    targets: engineTargets + (engineOnly ? [] : serverTargets),
    swiftLanguageModes: [.v6])
