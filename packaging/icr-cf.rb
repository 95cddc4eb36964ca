# The formula for Homebrew. `.ci/publish` writes version, address and sums in place of the words in `@`.
class IcrCf < Formula
  desc "Run images from IBM Cloud Container Registry on any Cloud Foundry"
  homepage "@HOMEPAGE@"
  version "@VERSION@"
  license "Apache-2.0"

  on_macos do
    on_arm do
      url "@RELEASE@/icr-cf-@VERSION@-aarch64-apple-darwin.tar.gz"
      sha256 "@SUM:aarch64-apple-darwin@"
    end
    on_intel do
      url "@RELEASE@/icr-cf-@VERSION@-x86_64-apple-darwin.tar.gz"
      sha256 "@SUM:x86_64-apple-darwin@"
    end
  end

  on_linux do
    on_arm do
      url "@RELEASE@/icr-cf-@VERSION@-aarch64-unknown-linux-musl.tar.gz"
      sha256 "@SUM:aarch64-unknown-linux-musl@"
    end
    on_intel do
      url "@RELEASE@/icr-cf-@VERSION@-x86_64-unknown-linux-musl.tar.gz"
      sha256 "@SUM:x86_64-unknown-linux-musl@"
    end
  end

  def install
    bin.install "icr-cf"
    bin.install_symlink "icr-cf" => "docker-credential-icr-cf"
    man1.install Dir["man/*.1"]
    bash_completion.install "completions/icr-cf.bash" => "icr-cf"
    zsh_completion.install "completions/icr-cf.zsh" => "_icr-cf"
    fish_completion.install "completions/icr-cf.fish"
  end

  test do
    assert_match version.to_s, shell_output("#{bin}/icr-cf --version")
    assert_match "us.icr.io/acme/web", shell_output("#{bin}/icr-cf resolve acme/web --region us-south")
  end
end
