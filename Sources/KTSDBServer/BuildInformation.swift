internal import KTSDBNotify

/// The version of this build of the server, its compiler and its platform.
public enum BuildInformation {
    /// The version of ktsdb.
    public static let version = "0.1.0"

    /// The compiler's version, as far as the source can determine it.
    public static let swiftVersion: String = {
        #if swift(>=6.4)
            "6.4 or later"
        #elseif swift(>=6.3)
            "6.3"
        #else
            "6.2"
        #endif
    }()

    /// `linux/x86_64` and the like.
    public static let platform: String = {
        #if os(macOS)
            let system = "macos"
        #else
            let system = "linux"
        #endif
        #if arch(arm64)
            return system + "/arm64"
        #else
            return system + "/x86_64"
        #endif
    }()

    /// The version as clients of Alertmanager's API see it: that of the Alertmanager whose API is served, since they
    /// choose by it how they speak; ours is the revision.
    static var alertmanagerVersion: APIContext.Version {
        var result = APIContext.Version()
        result.revision = "ktsdb \(version)"
        result.goVersion = "none (Swift \(swiftVersion))"
        return result
    }
}
