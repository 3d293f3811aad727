#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// What the file system refused.
struct FileError: Error {
    let path: String
    /// The system's number of the reason.
    let code: Int32

    var reason: String { String(cString: strerror(code)) }
}

/// The bytes of a file; nil where there is none.
func fileSize(_ path: String) -> Int? {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG ? Int(status.st_size) : nil
}

/// Whether there is anything of that name.
func isTaken(_ path: String) -> Bool {
    var status = stat()
    return lstat(path, &status) == 0
}

/// Makes an empty file that only its owner may read, where there is nothing of that name.
func makePrivateFile(_ path: String) throws(FileError) {
    let descriptor = open(path, O_CREAT | O_EXCL | O_WRONLY, 0o600)
    guard descriptor >= 0 else { throw FileError(path: path, code: errno) }
    close(descriptor)
}

/// Waits until a file, or the names in a folder, are on the disk.
func flushFile(_ path: String) throws(FileError) {
    let descriptor = open(path, O_RDONLY)
    guard descriptor >= 0 else { throw FileError(path: path, code: errno) }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw FileError(path: path, code: errno) }
}

/// Gives a file a new name, unless there is something of that name.
func moveFile(_ path: String, to name: String) throws(FileError) {
    if link(path, name) == 0 {
        unlink(path)
        return
    }
    // Not every file system can give a file two names; one that can has looked for the name itself.
    guard errno != EEXIST, !isTaken(name) else { throw FileError(path: name, code: EEXIST) }
    guard rename(path, name) == 0 else { throw FileError(path: name, code: errno) }
}

func removeFile(_ path: String) { unlink(path) }

/// The folder that a path's last part is in.
func parentFolder(_ path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
}
