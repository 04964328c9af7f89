// Takes the steps with the AWS SDK for Go, version 1.
package main

import (
	"encoding/json"
	"log"
	"os"
	"reflect"

	"github.com/aws/aws-sdk-go/aws"
	"github.com/aws/aws-sdk-go/aws/awserr"
	"github.com/aws/aws-sdk-go/aws/session"
	"github.com/aws/aws-sdk-go/service/voiceid"
)

func main() {
	endpoint := os.Getenv("AWS_ENDPOINT_URL_VOICE_ID") // It does not know the variable.
	config := aws.NewConfig().WithEndpoint(endpoint).WithMaxRetries(0)
	client := reflect.ValueOf(voiceid.New(session.Must(session.NewSession(config))))
	var steps []struct {
		Operation string
		Members   json.RawMessage
	}
	if err := json.NewDecoder(os.Stdin).Decode(&steps); err != nil {
		log.Fatal(err)
	}
	outcomes := []map[string]any{}
	for _, step := range steps {
		method := client.MethodByName(step.Operation)
		input := reflect.New(method.Type().In(0).Elem())
		if err := json.Unmarshal(step.Members, input.Interface()); err != nil {
			log.Fatal(err)
		}
		answer := method.Call([]reflect.Value{input})
		if failure, ok := answer[1].Interface().(awserr.RequestFailure); ok {
			outcomes = append(outcomes, map[string]any{"status": failure.StatusCode(), "code": failure.Code()})
		} else if !answer[1].IsNil() {
			log.Fatal(answer[1].Interface())
		} else {
			outcomes = append(outcomes, map[string]any{"status": 200, "output": answer[0].Interface()})
		}
	}
	if err := json.NewEncoder(os.Stdout).Encode(outcomes); err != nil {
		log.Fatal(err)
	}
}
