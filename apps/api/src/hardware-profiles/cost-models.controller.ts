/** @file HTTP for models of what architectures cost on a device. */
import { Body, Controller, Inject, Param, Post } from '@nestjs/common';
import { FitHardwareModel, type FittedHardwareModel } from '@sextant/contracts';
import { hardwareProfileId } from '../http/parameters';
import { valid } from '../http/validate';
import { CostModelsService } from './cost-models.service';

@Controller('v1/hardware-profiles/:profile')
export class CostModelsController {
  constructor(@Inject(CostModelsService) private readonly models: CostModelsService) {}

  /** Answers when it is fitted and stored; replaces the model of that metric. */
  @Post('models')
  fit(
    @Param('profile', hardwareProfileId) profile: string,
    @Body(valid(FitHardwareModel, 'the model')) body: FitHardwareModel,
  ): Promise<FittedHardwareModel> {
    return this.models.fit(profile, body);
  }
}
