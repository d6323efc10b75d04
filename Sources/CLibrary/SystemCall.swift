/// Calls of the system that take or give memory, with Swift's types: no pointer leaves this file.
///
/// As in C, a negative result is a failure, and `errno` says which. Nothing is retried.
package enum SystemCall {}

// MARK: Files

extension SystemCall {
    package static func openFile(_ path: String, _ flags: Int32, mode: mode_t = 0o644) -> Int32 {
        // SAFETY: the path ends in 0 and is read during the call alone.
        unsafe open(path, flags, mode)
    }

    /// Reads at most as many bytes as `bytes` has from `start` on, from where the descriptor is.
    package static func readBytes(_ descriptor: Int32, into bytes: inout MutableRawSpan, from start: Int = 0) -> Int {
        precondition(start >= 0 && start <= bytes.byteCount, "\(start) is not within \(bytes.byteCount) bytes.")
        // SAFETY: the call writes within the span, by the line above, and keeps nothing.
        return unsafe bytes.withUnsafeMutableBytes { room in
            unsafe read(descriptor, room.baseAddress.map { unsafe $0 + start }, room.count - start)
        }
    }

    /// The same for the elements of an array.
    package static func readBytes(_ descriptor: Int32, into bytes: inout [UInt8], from start: Int = 0) -> Int {
        precondition(start >= 0 && start <= bytes.count, "\(start) is not within \(bytes.count) bytes.")
        // SAFETY: the call writes within the array, by the line above, and keeps nothing.
        return unsafe bytes.withUnsafeMutableBytes { room in
            unsafe read(descriptor, room.baseAddress.map { unsafe $0 + start }, room.count - start)
        }
    }

    /// The same from `offset` of the file on.
    package static func readBytes(
        _ descriptor: Int32, at offset: off_t, into bytes: inout MutableRawSpan, from start: Int = 0
    ) -> Int {
        precondition(start >= 0 && start <= bytes.byteCount, "\(start) is not within \(bytes.byteCount) bytes.")
        // SAFETY: the call writes within the span, by the line above, and keeps nothing.
        return unsafe bytes.withUnsafeMutableBytes { room in
            unsafe pread(descriptor, room.baseAddress.map { unsafe $0 + start }, room.count - start, offset)
        }
    }

    package static func writeBytes(_ descriptor: Int32, _ bytes: RawSpan) -> Int {
        // SAFETY: the call reads within the span and keeps nothing.
        unsafe bytes.withUnsafeBytes { unsafe write(descriptor, $0.baseAddress, $0.count) }
    }

    package static func writeBytes(_ descriptor: Int32, _ bytes: [UInt8]) -> Int {
        // SAFETY: the call reads within the array and keeps nothing.
        unsafe write(descriptor, bytes, bytes.count)
    }

    /// Writes at `offset` of the file.
    package static func writeBytes(_ descriptor: Int32, at offset: off_t, _ bytes: [UInt8]) -> Int {
        // SAFETY: the call reads within the array and keeps nothing.
        unsafe pwrite(descriptor, bytes, bytes.count, offset)
    }

    package static func fileStatus(_ descriptor: Int32, _ status: inout stat) -> Int32 {
        // SAFETY: the call fills the structure and keeps nothing.
        unsafe fstat(descriptor, &status)
    }

    package static func fileStatus(_ path: String, _ status: inout stat) -> Int32 {
        // SAFETY: the path ends in 0; the call fills the structure and keeps nothing.
        unsafe stat(path, &status)
    }

    /// Whether there is a directory at `path`.
    package static func isDirectory(_ path: String) -> Bool {
        var status = stat()
        return fileStatus(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    package static func fileSystemStatus(_ path: String, _ status: inout statvfs) -> Int32 {
        // SAFETY: the path ends in 0; the call fills the structure and keeps nothing.
        unsafe statvfs(path, &status)
    }

    package static func makeDirectory(_ path: String, mode: mode_t) -> Int32 {
        // SAFETY: the path ends in 0 and is read during the call alone.
        unsafe mkdir(path, mode)
    }

    package static func removeDirectory(_ path: String) -> Int32 {
        // SAFETY: the path ends in 0 and is read during the call alone.
        unsafe rmdir(path)
    }

    package static func removeFile(_ path: String) -> Int32 {
        // SAFETY: the path ends in 0 and is read during the call alone.
        unsafe unlink(path)
    }

    package static func renameFile(_ source: String, to target: String) -> Int32 {
        // SAFETY: the paths end in 0 and are read during the call alone.
        unsafe rename(source, target)
    }

    package static func linkFile(_ source: String, to target: String) -> Int32 {
        // SAFETY: the paths end in 0 and are read during the call alone.
        unsafe link(source, target)
    }

    package static func checkAccess(_ path: String, _ mode: Int32) -> Int32 {
        // SAFETY: the path ends in 0 and is read during the call alone.
        unsafe access(path, mode)
    }

    /// The names in a directory without `.` and `..`, in no order; nil on a failure.
    package static func names(in directory: String) -> [String]? {
        // SAFETY: the stream is closed once, at the end. An entry's name is a string that ends in 0 and is valid until
        // the next one is read; it is copied at once.
        guard let stream = unsafe opendir(directory) else { return nil }
        var names: [String] = []
        while true {
            errno = 0
            guard let entry = unsafe readdir(stream) else { break }
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { field in
                unsafe field.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        let failure = errno
        unsafe closedir(stream)
        errno = failure
        return failure == 0 ? names : nil
    }

    /// The paths that match a shell pattern, sorted, those of hidden files too.
    package static func paths(matching pattern: String) -> [String] {
        // SAFETY: glob fills gl_pathv with gl_pathc strings that end in 0, which live until globfree.
        var result = unsafe glob_t()
        defer { unsafe globfree(&result) }
        guard unsafe glob(pattern, GLOB_PERIOD, nil, &result) == 0 else { return [] }
        return unsafe (0..<Int(result.gl_pathc)).compactMap {
            unsafe result.gl_pathv[$0].map { unsafe String(cString: $0) }
        }
    }

    /// Makes an inotify descriptor report what happens to the names in a directory.
    package static func watchDirectory(_ descriptor: Int32, _ path: String, _ events: UInt32) -> Int32 {
        // SAFETY: the path ends in 0 and is read during the call alone.
        unsafe inotify_add_watch(descriptor, path, events)
    }

    /// Makes a directory whose name is `path` and six characters that make it a new one; nil on a failure.
    package static func makeTemporaryDirectory(_ path: String) -> String? {
        var template = Array("\(path)XXXXXX".utf8CString)
        // SAFETY: the buffer ends in 0; the call changes characters before it and keeps nothing.
        let isMade = unsafe template.withUnsafeMutableBufferPointer { unsafe mkdtemp($0.baseAddress!) != nil }
        return isMade ? String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self) : nil
    }
}

// MARK: The process and the machine

extension SystemCall {
    /// The system's words for an errno.
    package static func message(_ code: Int32) -> String {
        // SAFETY: strerror returns a string that ends in 0; it is copied at once.
        unsafe String(cString: strerror(code))
    }

    /// A variable of the environment. The program changes none, so that no other thread can move it.
    package static func environment(_ name: String) -> String? {
        // SAFETY: the name ends in 0, as the value does, which is copied at once.
        unsafe getenv(name).map { unsafe String(cString: $0) }
    }

    /// What one of the system's clocks shows.
    package static func time(_ clock: clockid_t) -> timespec {
        var time = timespec()
        // SAFETY: the call fills the structure and keeps nothing.
        unsafe clock_gettime(clock, &time)
        return time
    }

    /// The date and the time of day in UTC.
    package static func calendar(_ seconds: Int) -> (
        year: Int32, month: Int32, day: Int32, hour: Int32, minute: Int32, second: Int32
    ) {
        var seconds = time_t(seconds)
        // SAFETY: the call fills the structure and keeps nothing; its text is not looked at.
        var parts = unsafe tm()
        unsafe gmtime_r(&seconds, &parts)
        return unsafe (
            parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec
        )
    }

    /// The machine's name; empty when it has none.
    package static var hostName: String {
        var name = [CChar](repeating: 0, count: 256)
        // SAFETY: the count leaves room for the 0 at the end.
        guard unsafe gethostname(&name, name.count - 1) == 0 else { return "" }
        return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// The number that `text` begins with, as `strtod` reads it: rounded correctly, with the point of the C locale,
    /// which the process never changes.
    package static func number(_ text: Span<UInt8>) -> Double {
        var copy = [CChar](repeating: 0, count: text.count + 1)
        for index in text.indices { copy[index] = CChar(bitPattern: text[index]) }
        // SAFETY: the copy ends in 0 and is read during the call alone.
        return unsafe strtod(copy, nil)
    }

    /// The process's working directory; empty when it has none.
    package static var workingDirectory: String {
        // SAFETY: the call allocates a string that ends in 0, which is copied and freed.
        guard let path = unsafe getcwd(nil, 0) else { return "" }
        defer { unsafe free(path) }
        return unsafe String(cString: path)
    }

    /// How many files the process may have open; nil when the system does not say.
    package static var openFileLimit: rlimit? {
        get {
            var limit = rlimit()
            // SAFETY: the call fills the structure and keeps nothing.
            return unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 ? limit : nil
        }
        set {
            guard var limit = newValue else { return }
            // SAFETY: the call reads the structure and keeps nothing.
            _ = unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        }
    }

    /// The width in columns of the terminal at a descriptor; nil if the descriptor is not a terminal.
    package static func terminalColumns(_ descriptor: Int32) -> Int? {
        var size = winsize()
        // SAFETY: the request fills the structure and keeps nothing.
        guard unsafe ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
        return Int(size.ws_col)
    }

    /// `value` as C's `%.6f` prints it.
    package static func fixedText(_ value: Double) -> String {
        var buffer = [CChar](repeating: 0, count: 400)
        // SAFETY: the format takes one number; no more than the count is written, and no double needs more.
        let count = unsafe withVaList([value]) { unsafe vsnprintf(&buffer, buffer.count, "%.6f", $0) }
        return String(decoding: buffer[..<Int(count)].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

// MARK: Sockets

extension SystemCall {
    /// Sends bytes as one datagram to a socket of Unix, and waits for room as many milliseconds. A name that begins
    /// with `@` is abstract, and others are paths.
    package static func sendDatagram(_ bytes: [UInt8], toUnixSocket name: String, patience: Int = 0) -> Int {
        var path = Array(name.utf8), address = sockaddr_un()
        // An abstract name begins with 0, and its end is that of the address; a path ends in 0.
        let isAbstract = path.first == UInt8(ascii: "@")
        if isAbstract { path[0] = 0 } else { path.append(0) }
        guard path.count > 1, path.count <= MemoryLayout.size(ofValue: address.sun_path) else {
            errno = ENAMETOOLONG
            return -1
        }
        let type = SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue
        let descriptor = socket(AF_UNIX, Int32(type), 0)
        guard descriptor >= 0 else { return -1 }
        defer { close(descriptor) }
        address.sun_family = sa_family_t(AF_UNIX)
        let length = socklen_t(MemoryLayout<sa_family_t>.size + path.count)
        var limit = timeval(tv_sec: patience / 1000, tv_usec: patience % 1000 * 1000)
        let flags = patience > 0 ? 0 : Int32(MSG_DONTWAIT)
        // SAFETY: the call reads the structure and keeps nothing.
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        // SAFETY: the name fits into its field, by the guard above. The calls read within the array and within the
        // address, which begins as every address does, and keep nothing.
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: path) }
        return unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                unsafe sendto(descriptor, bytes, bytes.count, flags, generic, length)
            }
        }
    }
}
