// Command bare is a function that does nothing, in the same SDK. It is the baseline for the cold start of onput.
package main

import "github.com/aliyun/fc-runtime-go-sdk/fc"

func main() {
	fc.Start(func(payload []byte) (string, error) { return "hello world", nil })
}
