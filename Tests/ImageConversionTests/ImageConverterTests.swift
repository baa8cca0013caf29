import Glibc
import TestSupport
import Testing

@testable import ImageConversion
@testable import ImageInspection

@Suite struct ImageConverterTests {
    private let folder = TemporaryFolder()

    private func path(_ name: String) -> String { "\(folder.path)/\(name)" }

    private func makeTarget(_ size: Int64) throws {
        folder.write("target", [])
        try #require(truncate(path("target"), off_t(size)) == 0)
    }

    private func inspect(_ name: String) throws -> InspectedImage {
        let file = open(path(name), O_RDONLY | O_CLOEXEC)
        defer { close(file) }
        return try ImageInspector.inspect(FileBytes(descriptor: file))
    }

    /// A program in qemu-img's place that says right away how large a disk is.
    private func stand(
        in script: String,
        says size: String = "1 MiB (1048576 bytes)"
    ) throws -> ImageConverter {
        let info = "[ \"$1\" = info ] && echo 'image: x' && echo 'virtual size: \(size)' && exit 0"
        folder.write("qemu-img", Array("#!/bin/sh\n\(info)\n\(script)\n".utf8))
        try #require(chmod(path("qemu-img"), 0o700) == 0)
        return ImageConverter(program: path("qemu-img"))
    }

    private let small = Array((0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 31) })
    private static let image = InspectedImage(format: .qcow2, virtualSizeBytes: 1 << 20, bytesRead: 0)

    @Test(arguments: [("qcow2", "-c"), ("vmdk", ""), ("vpc", ""), ("vhdx", ""), ("vdi", "")])
    func theBytesAreThoseOfTheDiskAndHolesStayHoles(_ format: String, _ option: String) async throws {
        folder.write("data", small)
        try #require(truncate(path("data"), 64 << 20) == 0)
        let options = option.isEmpty ? [] : [option]
        try ChildProcess.run(
            ["qemu-img", "convert", "-f", "raw", "-O", format] + options + [path("data"), path("image")]
        )
        try ChildProcess.run(["qemu-img", "convert", "-f", format, "-O", "raw", path("image"), path("right")])
        let image = try inspect("image")
        try makeTarget(image.virtualSizeBytes)
        try await ImageConverter().convert(path("image"), image, to: path("target"), direct: false)
        try ChildProcess.run(["cmp", path("right"), path("target")])
        var status = stat()
        try #require(stat(path("target"), &status) == 0)
        #expect(Int64(status.st_size) == image.virtualSizeBytes)
        #expect(status.st_blocks * 512 < 1 << 20)
    }

    @Test func theFormatIsSaidAndTheEnvironmentBare() async throws {
        let converter = try stand(
            in:
                "echo \"$@\" >'\(path("said"))'; env | sort >>'\(path("said"))'; (ulimit -v; ulimit -t) >>'\(path("said"))'; readlink /proc/self/fd/0 >>'\(path("said"))'"
        )
        try await converter.convert("/a/b", Self.image, to: "/c/d", direct: true)
        let said = String(decoding: folder.read("said"), as: UTF8.self).split(separator: "\n").map(
            String.init
        )
        #expect(said.first == "convert -t none -f qcow2 -O raw -n --target-is-zero /a/b /c/d")
        #expect(
            said.filter { $0.contains("=") }.map { $0.prefix { $0 != "=" } } == [
                "LC_ALL", "MALLOC_ARENA_MAX", "PATH", "PWD",
            ]
        )
        #expect(said.last == "/dev/null")
        #expect(said.suffix(3).dropLast() == ["1048576", "60"])
    }

    @Test func whatTheProgramSaysIsRepeatedInPart() async throws {
        let converter = try stand(
            in: "echo 'no such thing' >&2; yes '\u{1b}[31m' | head -c 5000000 >&2; exit 7"
        )
        let error = await #expect(throws: ConversionError.self) {
            try await converter.convert("/a", Self.image, to: "/b", direct: false)
        }
        #expect(error?.code == .failed)
        #expect(error?.description.hasPrefix("qemu-img ended with 7: no such thing; [31m; [31m") == true)
        #expect(error.map { $0.description.utf8.count < 1500 } == true)
    }

    @Test(arguments: [
        ("2 MiB (2097152 bytes)", "but qemu-img finds 2097152"),
        ("1 MiB", "but qemu-img finds no size in it: image: x; "),
    ])
    func aSizeThatTheProgramDoesNotFindIsRefused(_ size: String, _ words: String) async throws {
        let converter = try stand(in: "echo >'\(path("went-on"))'", says: size)
        let error = await #expect(throws: ConversionError.self) {
            try await converter.convert("/a", Self.image, to: "/b", direct: false)
        }
        #expect(error?.code == .failed)
        let start = "the qcow2 image is of a disk of 1048576 bytes, "
        #expect(error?.description.hasPrefix(start + words) == true, "\(error?.description ?? "")")
        #expect(folder.size("went-on") == nil)
    }

    @Test func anEncryptedImageIsSaidToBeWithoutAskingTheProgram() async throws {
        try ChildProcess.run([
            "qemu-img", "create", "-q", "-f", "qcow2", "--object", "secret,id=s,data=abc", "-o",
            "encrypt.format=aes,encrypt.key-secret=s", path("image"), "4M",
        ])
        let image = try inspect("image")
        let error = await #expect(throws: ConversionError.self) {
            try await ImageConverter(program: "/no/such/qemu-img").convert(
                "/a",
                image,
                to: "/b",
                direct: false
            )
        }
        #expect(error?.code == .unsupported)
        let words = "the qcow2 image is encrypted (AES): without its key it can't become a plain disk"
        #expect(error?.description == words)
    }

    @Test func theSizeOfAVHDIsSaidToTheProgram() async throws {
        try ChildProcess.run([
            "qemu-img", "create", "-q", "-f", "vpc", "-o", "force_size=on", path("a"), "1M",
        ])
        try ChildProcess.run(["qemu-img", "create", "-q", "-f", "vpc", path("b"), "1M"])
        for (name, rule) in [("a", "current_size"), ("b", "chs")] {
            let image = try inspect(name)
            let converter = try stand(
                in: "echo \"$@\" >'\(path("said"))'",
                says: "x (\(image.virtualSizeBytes) bytes)"
            )
            try await converter.convert("/x,y", image, to: "/c", direct: false)
            let options = "driver=vpc,force_size_calc=\(rule),file.driver=file,file.filename=/x,,y"
            #expect(
                String(decoding: folder.read("said"), as: UTF8.self)
                    == "convert -t writeback --image-opts -O raw -n --target-is-zero \(options) /c\n"
            )
        }
    }

    /// Its tables take more than an inspection reads, and what is in mid disk is behind the cut.
    @Test func aVMDKWithTooManyTablesIsCheckedByTheProgram() async throws {
        try ChildProcess.run(["qemu-img", "create", "-q", "-f", "vmdk", path("image"), "20G"])
        try ChildProcess.run(["qemu-io", "-f", "vmdk", "-c", "write -P 5 10G 9M", path("image")])
        let whole = try #require(folder.size("image"))
        for cut in [0, 1 << 20] {
            try #require(truncate(path("image"), off_t(whole - cut)) == 0)
            let image = try inspect("image")
            #expect(!image.isKnownWhole)
            try makeTarget(image.virtualSizeBytes)
            if cut == 0 {
                try await ImageConverter().convert(path("image"), image, to: path("target"), direct: false)
                continue
            }
            let error = await #expect(throws: ConversionError.self) {
                try await ImageConverter().convert(path("image"), image, to: path("target"), direct: false)
            }
            #expect(error?.code == .failed)
            #expect(error?.description.contains("points after EOF") == true)
        }
    }

    @Test func aFullDiskIsToldApart() async throws {
        let converter = try stand(
            in: "echo 'qemu-img: error while writing: No space left on device' >&2; exit 1"
        )
        let error = await #expect(throws: ConversionError.self) {
            try await converter.convert("/a", Self.image, to: "/b", direct: false)
        }
        #expect(error?.code == .noSpace)
    }

    @Test func aMissingProgramIsNamedWithTheRemedy() async throws {
        for name in ["no-such-qemu-img", "/no/such/qemu-img"] {
            let error = await #expect(throws: ConversionError.self) {
                try await ImageConverter(program: name).convert("/a", Self.image, to: "/b", direct: false)
            }
            #expect(error?.code == .missing)
            #expect(
                error?.description.hasPrefix("there is no program \(name) to convert images with: install ")
                    == true
            )
        }
    }

    @Test func whatIsNoDiskInAShellIsNotConverted() async throws {
        for format in [ImageFormat.raw, .iso, .luks, .qed] {
            let image = InspectedImage(format: format, virtualSizeBytes: 1, bytesRead: 0)
            let error = await #expect(throws: ConversionError.self) {
                try await stand(in: "exit 0").convert("/a", image, to: "/b", direct: false)
            }
            #expect(error?.code == .unsupported)
        }
    }

    @Test func aCancelledConversionHasEndedItsProgram() async throws {
        let converter = try stand(
            in: "echo $$ >'\(path("started"))'; mkfifo '\(path("pipe"))'; exec cat '\(path("pipe"))'"
        )
        let task = Task { try await converter.convert("/a", Self.image, to: "/b", direct: false) }
        while folder.read("started").isEmpty { try await Task.sleep(for: .milliseconds(5)) }
        task.cancel()
        let result = await task.result
        #expect(throws: ConversionError(.cancelled, "the conversion was cancelled")) { try result.get() }
        let process = try #require(pid_t(String(decoding: folder.read("started").dropLast(), as: UTF8.self)))
        #expect(kill(process, 0) == -1 && errno == ESRCH)
    }

    @Test func whoUsesUpTheProcessorTimeIsKilled() async throws {
        #expect(ImageConverter.processorSeconds(1 << 40) == 65_596)
        let converter = try stand(in: "ulimit -S -t 1; while :; do :; done")
        let error = await #expect(throws: ConversionError.self) {
            try await converter.convert("/a", Self.image, to: "/b", direct: false)
        }
        #expect(error?.code == .failed)
        #expect(error?.description == "qemu-img used up its processor time: it said nothing")
    }

    @Test(arguments: [
        ("echo 'qemu: qemu_thread_create: Resource temporarily unavailable' >&2; kill -ABRT $$", true),
        ("echo 'qemu-img: Cannot allocate memory' >&2; exit 1", false), ("kill -KILL $$", true),
        ("kill -SEGV $$", false), ("kill -ABRT $$", false), ("exit 1", false),
    ])
    func whatTheHostLacksIsNotTheImagesFault(script: String, isInterrupted: Bool) async throws {
        let converter = try stand(in: script)
        let error = await #expect(throws: ConversionError.self) {
            try await converter.convert("/a", Self.image, to: "/b", direct: false)
        }
        #expect(error?.code == (isInterrupted ? .interrupted : .failed))
    }

    /// Threads by the dozen, each with its stack and its heap, fit into the memory that the program may map.
    @Test func aProgramOfManyThreadsHasTheMemoryForThem() async throws {
        let script = """
            import threading
            gate = threading.Event()
            threads = [threading.Thread(target=gate.wait, daemon=True) for _ in range(64)]
            for thread in threads: thread.start()
            gate.set()
            """
        let converter = try stand(in: "exec python3 -c '\(script)'")
        try await converter.convert("/a", Self.image, to: "/b", direct: false)
    }
}
