/// What `anchored` and `smoothed` say about the ends of a window.
public enum WindowEnds: String, Hashable, Sendable {
    case plain, anchored, smoothed
}
